/** Exporter modules in a process of their own, started by the compiled executable. `npm run acceptance -- modules` has all that they may do wrong. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { samplesOf } from "../server/metrics/support.ts";
import { addressIn } from "./grpc-client.ts";
import { cleanUp, EVENTS, feed, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";
import { exportAll, HOSTILE, INPUT, meet, writeModule } from "./module-harness.ts";

afterEach(cleanUp);

function hostileOne(name: (typeof HOSTILE)[number]["does"]) {
  return HOSTILE.find(({ does }) => does === name)!;
}

describe("an exporter module", () => {
  test("gets agent_init, then the events as they were, with packages and other files beside it", async () => {
    const { path, written } = writeModule(
      `import { appendFileSync } from "node:fs";
       import { tag } from "tagger";
       import { end } from "./end";
       enum Kind { Event = "event" }
       export default {
         needs: { options: ["prefix"] },
         open({ options }: { options: Record<string, string> }) { this.prefix = options.prefix; },
         export(batch) { for (const line of batch.lines) appendFileSync("OUTPUT", tag(this.prefix, Kind.Event) + line + end); },
       };`,
      {
        "end.ts": 'export const end: string = "\\n";',
        "node_modules/tagger/package.json": '{"name":"tagger","main":"lib/main.js"}',
        "node_modules/tagger/lib/main.js": "exports.tag = (a, b) => a + b + ' ';",
      },
    );
    const { code } = await exportAll(path, "--export-module-options=prefix=my,");
    expect(code).toBe(0);
    const [first, ...others] = written();
    expect(first).toStartWith('my,event {"@timestamp"');
    expect(others).toEqual(EVENTS.map((event) => `my,event ${event}`));
  });
});

describe("a module that at one event", () => {
  test("throws gets the others, loses that one, and UDP has all of them", async () => {
    await meet(hostileOne("throws"), true);
  });

  test("calls process.exit() in the middle of a batch gets the others, in order", async () => {
    await meet(hostileOne("calls process.exit()"), true);
  });
});

describe("the process of a module", () => {
  test("has another user, no rights, no environment, no other descriptor, and is first when memory runs out", async () => {
    const { path, directory, output, written } = writeModule(
      `import { appendFileSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
       import { dlopen, ptr } from "bun:ffi";
       const status = readFileSync("/proc/self/status", "latin1");
       const field = (name) => new RegExp("^" + name + ":[ \\\\t]*(.*)$", "m").exec(status)[1].trim();
       const tried = (call) => { try { call(); return "done"; } catch (error) { return error.code; } };
       export default {
         export() {
           appendFileSync("OUTPUT", JSON.stringify({
             users: field("Uid"), groups: field("Gid"), others: field("Groups"), capabilities: field("CapPrm"), bounding: field("CapBnd"),
             noNewPrivileges: field("NoNewPrivs"), seccomp: field("Seccomp"),
             environment: process.env,
             priorities: [...new Set(readdirSync("/proc/self/task").map((thread) => readFileSync("/proc/self/task/" + thread + "/stat", "latin1").split(") ")[1].split(" ")[16]))],
             adjustment: readFileSync("/proc/self/oom_score_adj", "latin1").trim(),
             files: readdirSync("/proc/self/fd").flatMap((fd) => { try { return [readlinkSync("/proc/self/fd/" + fd)]; } catch { return []; } }).filter((to) => to.startsWith("/") && !to.startsWith("/dev/") && !to.startsWith("/proc/")),
             spawned: tried(() => Bun.spawnSync(["/bin/true"])), killed: tried(() => process.kill(process.ppid, 9)),
             memoryFile: dlopen("libc.so.6", { memfd_create: { args: ["ptr", "u32"], returns: "i32" } }).symbols.memfd_create(ptr(Buffer.from("x\\0")), 0),
             lowered: tried(() => require("node:fs").writeFileSync("/proc/self/oom_score_adj", "0")),
           }) + "\\n");
         },
       };`,
    );
    writeFileSync(output, "");
    chmodSync(output, 0o666);
    chmodSync(directory, 0o755);
    const isRoot = process.getuid!() === 0;
    const { code } = await exportAll(path, ...(isRoot ? ["--export-module-user=65534:65534"] : []));
    expect(code).toBe(0);
    const seen = JSON.parse(written()[0]!);
    expect(seen).toMatchObject({
      capabilities: "0000000000000000",
      noNewPrivileges: "1",
      seccomp: "2",
      environment: {},
      priorities: ["19"],
      adjustment: "1000",
      files: ["/memfd:tetrad-batches (deleted)"],
      spawned: "EPERM",
      killed: "EPERM",
      memoryFile: -1,
    });
    if (!isRoot) return;
    expect(seen).toMatchObject({
      users: Array(4).fill(65534).join("\t"),
      groups: Array(4).fill(65534).join("\t"),
      others: "",
    });
  });

  test.skipIf(!existsSync("/proc/self/autogroup"))(
    "has what processor time others leave, also where the kernel shares it between sessions",
    async () => {
      const { path, written } = writeModule(
        `import { readFileSync, writeFileSync } from "node:fs";
         export default { export() { writeFileSync("OUTPUT", readFileSync("/proc/self/autogroup", "latin1")); } };`,
      );
      expect((await exportAll(path)).code).toBe(0);
      const own = readFileSync("/proc/self/autogroup", "latin1");
      const [group, , nice] = written()[0]!.split(" ");
      expect(nice).toBe("19");
      expect(own.split(" ")[0]).not.toBe(group!);
    },
  );

  test("is replaced when it is killed, and ends with the agent however that ends", async () => {
    const { path, written } = writeModule(
      `import { appendFileSync } from "node:fs";
       export default { open() { appendFileSync("OUTPUT", process.pid + "\\n"); }, export() { for (;;); } };`,
    );
    const agent = startTetrad([
      "--event-source=stdin",
      `--export-module=${path}`,
      "--metrics-server=127.0.0.1:0",
    ]);
    const page = async () =>
      (await fetch(`http://${await addressIn(agent.log, "Metrics server")}/metrics`)).text();
    await until(() => written().length === 1 && written()[0] !== "", "a first process");
    await feed(agent, EVENTS);
    process.kill(Number(written()[0]), "SIGKILL");
    await until(() => written().length === 2, "a second process");
    expect(samplesOf(await page())['tetrad_exporter_restarts_total{exporter="module"}']).toBe(1);
    const second = Number(written()[1]);
    agent.process.kill("SIGKILL");
    await until(() => !existsSync(`/proc/${second}`), "the end of the second process");
  });

  test.skipIf(process.getuid!() !== 0)(
    "is warned of at the start where it is root's, and named what to do",
    async () => {
      const { path } = writeModule("export default { export() {} };");
      const words = "Exporter module runs as root";
      const asRoot = await exportAll(path);
      expect(asRoot.stderr.split(words).length).toBe(2);
      expect(asRoot.stderr).toContain("--export-module-user=USER");
      expect((await exportAll(path, "--export-module-user=65534:65534")).stderr).not.toContain(words);
      expect((await exportAll(path, "--user=65534:65534")).stderr).not.toContain(words);
    },
  );

  test("writes to the log what has room there", async () => {
    const { path } = writeModule(
      `export default { export() { console.log("first\\u001b[31m line"); for (let i = 0; i < 20000; i++) console.error("flood " + i); } };`,
    );
    const { code, stderr } = await exportAll(path);
    expect(code).toBe(0);
    expect(stderr).toContain('text="first [31m line"');
    expect(stderr.split("\n").filter((line) => line.includes("flood")).length).toBeLessThan(500);
  });
});

describe("a start with a module that", () => {
  const refused = async (text: string, flags: readonly string[] = [], mode = 0o644) => {
    const { path } = writeModule(text);
    chmodSync(path, mode);
    const { code, stderr } = await exportAll(path, ...flags);
    return { code, stderr: stderr.replaceAll(path, "PATH").replaceAll('\\"', '"') };
  };

  test("cannot be used ends with one line that says why", async () => {
    const cases = [
      [await refused("export default {"), "PATH:1:"],
      [await refused("export const a = 1;"), "found no default export"],
      [await refused("export default {};"), 'without a function "export"'],
      [await refused('import "absent";'), "absent"],
      [
        await refused('export default { needs: { options: ["url"] }, export() {} };'),
        "it needs url in --export-module-options",
      ],
      [await refused("export default { export() {} };", [], 0o666), "found PATH with mode 0666"],
    ] as const;
    for (const [{ code, stderr }, words] of cases) {
      expect(stderr).toContain(words);
      expect(stderr).toMatch(/Cannot use --export-module "PATH"/);
      expect(code).toBe(2);
    }
  });
});

describe("tetrad sdk", () => {
  test("writes an example whose test passes and that works, into a directory where nothing else is", async () => {
    const directory = join(temporaryDirectory(), "mine");
    const written = await runTetrad(["sdk", directory]);
    expect(written).toMatchObject({ code: 0, stderr: "" });
    expect(written.stdout.trim().split("\n")).toEqual(
      ["tetrad.d.ts", "example.ts", "example.test.ts"].map((name) => join(directory, name)),
    );
    expect(await runTetrad(["sdk", directory])).toMatchObject({ code: 0, stdout: "" });
    expect(await runTetrad(["sdk", "test"], { cwd: directory })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("2 passed, 0 failed"),
    });
    const got: unknown[] = [];
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        got.push(...((await request.json()) as unknown[]));
        return new Response();
      },
    });
    const url = `http://127.0.0.1:${server.port}/`;
    const { code } = await exportAll(join(directory, "example.ts"), `--export-module-options=url=${url}`);
    expect(code).toBe(0);
    const executed = EVENTS.map((line) => JSON.parse(line)).filter(
      (event) => event.process_exec !== undefined,
    );
    expect(got).toMatchObject(
      executed.map(({ process_exec: { process } }) => ({ binary: process.binary, pid: process.pid })),
    );
  });

  test("changes no file that is there, and says which test failed", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "example.ts"), "mine");
    const { code, stderr } = await runTetrad(["sdk", directory]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `Cannot write "${join(directory, "example.ts")}": found another file, expected none\n`,
    });
    writeFileSync(
      join(directory, "a.test.ts"),
      'export default { "is good"() {}, "is bad"() { throw new Error("no"); } };',
    );
    expect(await runTetrad(["sdk", "test", directory])).toMatchObject({
      code: 1,
      stdout: "ok      is good\nFAILED  is bad\n        no\n1 passed, 1 failed\n",
    });
  });
});

describe("--exporter", () => {
  test("names modules, each with its own options", async () => {
    const text = `import { appendFileSync } from "node:fs";
      let to = "";
      export default { open({ name, options }) { to = name + options.x; }, export(b) { appendFileSync("OUTPUT", (to + "\\n").repeat(b.length - (b.lines[0].includes("agent_init") ? 1 : 0))); } };`;
    const [one, other] = [writeModule(text), writeModule(text)];
    const of = (name: string, path: string) =>
      `--exporter=${name}=module,export-module=${path},export-module-when-full=block,export-module-options="x=1,y=${name}"`;
    const { code } = await runTetrad(["--event-source=stdin", of("one", one.path), of("other", other.path)], {
      input: INPUT,
    });
    expect(code).toBe(0);
    expect(one.written()).toEqual(EVENTS.map(() => "one1"));
    expect(other.written()).toEqual(EVENTS.map(() => "other1"));
  });
});
