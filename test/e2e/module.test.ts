/** Exporter modules in a process of their own, started by the compiled executable. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  EVENTS,
  feed,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const INPUT = `${EVENTS.join("\n")}\n`;

/** A module that appends what `body` makes of each batch, and files beside it. */
function writeModule(text: string, files: Readonly<Record<string, string>> = {}) {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const path = join(directory, "x.ts");
  const output = join(directory, "output");
  writeFileSync(path, text.replaceAll("OUTPUT", output));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  const written = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
  return { directory, path, output, written };
}

/** Runs an agent that reads the sample events, and gives them to the module. */
function exportAll(path: string, ...flags: readonly string[]) {
  return runTetrad(
    ["--event-source=stdin", `--export-module=${path}`, "--export-module-when-full=block", ...flags],
    { input: INPUT },
  );
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

/** What a module does to its process when it meets the event with this in it. */
const HOSTILE = [
  { does: "throws", code: 'throw new Error("I do not like it")', log: "I do not like it" },
  {
    does: "leaves a rejection to nobody",
    code: 'Promise.reject(new Error("nobody")); await Bun.sleep(1e6)',
    log: "nobody",
  },
  { does: "calls process.exit()", code: "process.exit(3)", log: "exit code 3" },
  { does: "aborts", code: "process.abort()", log: "SIGABRT" },
  { does: "loops", code: "for (;;);", log: "it acknowledged nothing for 1500 ms" },
  {
    does: "eats memory",
    code: "const all = []; for (;;) all.push(Buffer.alloc(1e6, 1))",
    log: "more than the 160 MB of --export-module-max-memory",
  },
  {
    does: "closes its channel",
    code: 'require("fs").closeSync(4); await Bun.sleep(1e6)',
    log: "its channel to the agent: closed",
  },
  {
    does: "acknowledges what it was not given",
    code: `require("fs").writeSync(4, '{"type":"done","id":99,"refused":[]}\\n'); await Bun.sleep(1e6)`,
    log: "it said of events what cannot be",
  },
  {
    does: "refuses events that are not there",
    code: `require("fs").writeSync(4, '{"type":"done","id":1,"refused":[[1e9,""]]}\\n'); await Bun.sleep(1e6)`,
    log: "it said of events what cannot be",
  },
  {
    does: "says what is no message",
    code: 'require("fs").writeSync(4, "x\\n"); await Bun.sleep(1e6)',
    log: "found what is no message",
  },
  {
    does: "says a message without end",
    code: 'for (;;) { try { require("fs").writeSync(4, "x".repeat(65536)) } catch {} await Bun.sleep(0) }',
    log: "found a message of more than",
  },
] as const;

const BAD = JSON.stringify({ process_exec: { process: { binary: "/bin/poison" } } });

const GOOD_BEFORE = EVENTS.slice(0, 3);
const GOOD_AFTER = EVENTS.slice(3);

/** Gives a module good events, the bad one, and good ones again. */
async function meet({ code, log }: (typeof HOSTILE)[number], together: boolean) {
  const receiver = await TestReceiver.open();
  const { path, directory, written } = writeModule(
    `import { appendFileSync } from "node:fs";
     export default {
       async export(batch) {
         for (const [i, line] of batch.lines.entries()) {
           if (line.includes("/bin/poison")) { ${code} }
           appendFileSync("OUTPUT", line + "\\n");
           batch.acknowledge(i + 1);
         }
       },
     };`,
  );
  const letters = join(directory, "letters");
  const isRefused = () => existsSync(letters) && readFileSync(letters, "utf8").endsWith("\n");
  const agent = startTetrad([
    "--event-source=stdin",
    "--udp-output-enabled",
    `--udp-output-port=${receiver.port}`,
    `--export-module=${path}`,
    ...(code.startsWith("for (;;);") ? ["--export-module-timeout=1500ms"] : []),
    "--export-module-max-memory=160M",
    "--export-module-backoff-max=100ms",
    `--export-module-dead-letter-file=${letters}`,
  ]);
  const wait = (count: number) =>
    until(
      () => written().length === count + 1,
      () => `${count} events of the module, found ${written().length - 1}\n${agent.log()}`,
    );
  await feed(agent, together ? [...GOOD_BEFORE, BAD, ...GOOD_AFTER] : GOOD_BEFORE);
  if (!together) {
    await wait(GOOD_BEFORE.length);
    await feed(agent, [BAD]);
    // One with which it throws is given up when it has taken others.
    if (!code.startsWith("throw")) await until(isRefused, () => `a dead letter\n${agent.log()}`);
    await feed(agent, GOOD_AFTER);
  }
  await wait(EVENTS.length);
  await until(() => isRefused() && receiver.events.length === EVENTS.length + 1, "datagrams");
  agent.process.stdin.end();
  expect(await agent.exit()).toBe(0);
  expect(written().slice(1)).toEqual([...EVENTS]);
  const kept = readFileSync(letters, "utf8").trimEnd().split("\n");
  expect(kept.map((line) => JSON.parse(line).document)).toEqual([JSON.parse(BAD)]);
  expect(agent.log()).toContain(log);
  expect(totalsIn(agent.log())).toMatchObject({
    module_exported: EVENTS.length,
    module_refused: 1,
    module_queue_full: 0,
    module_send_failed: 0,
    udp_exported: EVENTS.length + 1,
  });
}

describe("a module that at one event", () => {
  // Four agents at a time.
  for (let at = 0; at < HOSTILE.length; at += 4) {
    const some = HOSTILE.slice(at, at + 4);
    test(`${some.map(({ does }) => does).join(", ")} gets the others, loses that one, and UDP has all of them`, async () => {
      await Promise.all(some.map((hostile) => meet(hostile, hostile.code.startsWith("throw"))));
    });
  }

  test("calls process.exit() in the middle of a batch gets the others, in order", async () => {
    await meet(HOSTILE[2], true);
  });
});

describe("the process of a module", () => {
  test("has another user, no rights, no environment, no other descriptor, and is first when memory runs out", async () => {
    const { path, directory, output, written } = writeModule(
      `import { appendFileSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
       const status = readFileSync("/proc/self/status", "latin1");
       const field = (name) => new RegExp("^" + name + ":[ \\\\t]*(.*)$", "m").exec(status)[1].trim();
       const tried = (call) => { try { call(); return "done"; } catch (error) { return error.code; } };
       export default {
         export() {
           appendFileSync("OUTPUT", JSON.stringify({
             users: field("Uid"), groups: field("Gid"), others: field("Groups"), capabilities: field("CapPrm"), bounding: field("CapBnd"),
             noNewPrivileges: field("NoNewPrivs"), seccomp: field("Seccomp"),
             environment: process.env, adjustment: readFileSync("/proc/self/oom_score_adj", "latin1").trim(),
             files: readdirSync("/proc/self/fd").flatMap((fd) => { try { return [readlinkSync("/proc/self/fd/" + fd)]; } catch { return []; } }).filter((to) => to.startsWith("/") && !to.startsWith("/dev/") && !to.startsWith("/proc/")),
             spawned: tried(() => Bun.spawnSync(["/bin/true"])), killed: tried(() => process.kill(process.ppid, 9)),
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
      adjustment: "1000",
      files: ["/memfd:tetrad-batches (deleted)"],
      spawned: "EPERM",
      killed: "EPERM",
    });
    if (!isRoot) return;
    expect(seen).toMatchObject({
      users: Array(4).fill(65534).join("\t"),
      groups: Array(4).fill(65534).join("\t"),
      others: "",
    });
  });

  test("is replaced when it is killed, and ends with the agent however that ends", async () => {
    const { path, written } = writeModule(
      `import { appendFileSync } from "node:fs";
       export default { open() { appendFileSync("OUTPUT", process.pid + "\\n"); }, export() { for (;;); } };`,
    );
    const agent = startTetrad(["--event-source=stdin", `--export-module=${path}`]);
    await until(() => written().length === 1 && written()[0] !== "", "a first process");
    await feed(agent, EVENTS);
    process.kill(Number(written()[0]), "SIGKILL");
    await until(() => written().length === 2, "a second process");
    const second = Number(written()[1]);
    agent.process.kill("SIGKILL");
    await until(() => !existsSync(`/proc/${second}`), "the end of the second process");
  });

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
      expect(stderr).toMatch(/Cannot use (?:exporter module|--export-module) "PATH"/);
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
