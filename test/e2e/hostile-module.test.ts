/** Exporter modules that attack the agent, started by the compiled executable. */
import { afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, lchownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, feed, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

function writeModule(text: string) {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const [path, output] = [join(directory, "x.js"), join(directory, "output")];
  writeFileSync(path, text.replaceAll("OUTPUT", output));
  return { directory, path, written: () => (existsSync(output) ? readFileSync(output, "utf8") : "") };
}

test("a module of the agent's user cannot look into the agent, change it, end it or take its processor time", async () => {
  const { path, written } = writeModule(
    `import { dlopen, ptr } from "bun:ffi";
     import { openSync, readFileSync, writeFileSync, renameSync } from "node:fs";
     const status = (pid, name) => new RegExp("^" + name + ":\\\\s*(\\\\S+)", "m").exec(readFileSync("/proc/" + pid + "/status", "latin1"))[1];
     const agent = Number(status(process.ppid, "PPid"));
     const tried = (call) => { try { call(); return "done"; } catch (error) { return error.code; } };
     const { symbols: libc } = dlopen("libc.so.6", { syscall: { args: ["i64", "i64", "i64", "i64"], returns: "i64" } });
     const x64 = process.arch === "x64";
     const look = () => {
       const capabilities = status(agent, "CapPrm");
       // Until the agent has given up its own.
       if (/[1-9a-f]/.test(capabilities)) return void setTimeout(look, 20);
       const found = {
         environment: tried(() => readFileSync("/proc/" + agent + "/environ")),
         memory: tried(() => openSync("/proc/" + agent + "/mem", "r+")),
         keeper: tried(() => openSync("/proc/" + process.ppid + "/mem", "r+")),
         signals: Number(libc.syscall(x64 ? 72 : 25, 0, 8, agent)),
         priority: Number(libc.syscall(x64 ? 141 : 140, 0, agent, 19)),
         session: readFileSync("/proc/self/stat", "latin1").split(" ")[5] === String(process.pid),
       };
       writeFileSync("OUTPUT.new", JSON.stringify(found));
       renameSync("OUTPUT.new", "OUTPUT");
     };
     export default { open: () => look(), export() {} };`,
  );
  const agent = startTetrad(["--event-source=stdin", `--export-module=${path}`]);
  await until(() => written() !== "", "what the module has found");
  expect(JSON.parse(written())).toEqual({
    environment: "EACCES",
    memory: "EACCES",
    keeper: "EACCES",
    signals: -1,
    priority: -1,
    session: true,
  });
  await feed(agent, EVENTS);
  agent.process.kill("SIGTERM");
  expect(await agent.process.exited).toBe(0);
});

test.each([
  ["that it is ready, again and again", '{ type: "ready" }', "it said twice that it was ready"],
  [
    "what is no list of refusals",
    '{ type: "done", id, refused: [null] }',
    "it said of events what cannot be",
  ],
  ["that a batch is taken twice", '{ type: "done", id, refused: [] }', "it said of events what cannot be"],
  ["more than there was", '{ type: "progress", id, count: 1e9 }', "it said of events what cannot be"],
])("a module that says over the agent's channel %s is ended", async (_, message, why) => {
  const { path } = writeModule(
    `import { writeSync } from "node:fs";
     let id = 0;
     export default { async export() {
       id++;
       for (let i = 0; i < 2; i++) writeSync(4, JSON.stringify(${message}) + "\\n");
       for (;;) await Bun.sleep(1000);
     } };`,
  );
  const agent = startTetrad(["--event-source=stdin", `--export-module=${path}`]);
  await feed(agent, EVENTS);
  await until(() => agent.log().includes(why), "its end");
  expect(agent.process.exitCode).toBeNull();
});

test.skipIf(process.getuid!() !== 0)(
  "packages that another user put above a module are not loaded",
  async () => {
    const { directory, path } = writeModule('import "left"; export default { export() {} };');
    chmodSync(directory, 0o1777);
    const own = join(directory, "own");
    mkdirSync(own);
    const module = join(own, "x.js");
    writeFileSync(module, readFileSync(path));
    mkdirSync(join(directory, "node_modules", "left"), { recursive: true });
    writeFileSync(join(directory, "node_modules", "left", "index.js"), "");
    lchownSync(join(directory, "node_modules"), 65_534, 65_534);
    const { code, stderr } = await runTetrad(["--event-source=stdin", `--export-module=${module}`], {
      input: "",
    });
    expect(stderr).toContain(`found ${directory}/node_modules owned by user 65534`);
    expect(code).toBe(2);
  },
);
