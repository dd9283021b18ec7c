/** Documents that users of other agents reported as bugs there: what happens is what the document says. */
import { expect, test } from "bun:test";
import { mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor } from "../support.ts";
import { policyOf } from "./read-policy.ts";

/** Runs a script of Python while a `spec` watches it. @returns The events of tracepoints. */
async function eventsOf(spec: string, script: string) {
  await using enclosure = await createPidNamespace();
  const sensor = await RunningSensor.start({ scope: enclosure.scope, policies: [policyOf(spec)] });
  await enclosure.run(["python3", "-c", script]);
  await sensor[Symbol.asyncDispose]();
  return sensor.events.flatMap((event) => event.process_tracepoint ?? []);
}

const LSEEK = "import os\nf = os.open('/dev/null', os.O_RDONLY)\nos.dup2(f, 77)\nos.lseek(77, 4242, 0)\n";
const lseek = (args: string, selector: string) =>
  `tracepoints: [{subsystem: syscalls, event: sys_enter_lseek, args: [${args}], selectors: [{matchArgs: [${selector}]}]}]\n`;

describeWithBpf("arguments of a hook", () => {
  // cilium/tetragon#3710
  test("keep their own values and labels in any order, and conditions mean the index", async () => {
    const events = await eventsOf(
      lseek(
        "{index: 7, type: int, label: whence}, {index: 6, type: int64, label: offset}, {index: 5, type: int, label: fd}",
        '{index: 5, operator: Equal, values: ["77"]}, {index: 6, operator: Equal, values: ["4242"]}',
      ),
      LSEEK,
    );
    expect(events.map(({ args }) => args)).toEqual([
      [
        { int_arg: 0, label: "whence" },
        { long_arg: "4242", label: "offset" },
        { int_arg: 77, label: "fd" },
      ],
    ]);
  });

  // cilium/tetragon#3711, #4839
  test("may be the same one twice, as two types", async () => {
    const events = await eventsOf(
      lseek(
        "{index: 6, type: int64}, {index: 6, type: uint16}, {index: 5, type: int}",
        '{index: 5, operator: Equal, values: ["77"]}',
      ),
      LSEEK,
    );
    expect(events.map(({ args }) => args)).toEqual([
      [{ long_arg: "4242" }, { uint_arg: 4242 }, { int_arg: 77 }],
    ]);
  });

  // cilium/tetragon#4579
  test("that cannot be read are errors in the event, which comes all the same", async () => {
    const events = await eventsOf(
      "tracepoints: [{subsystem: syscalls, event: sys_enter_unlinkat, args: [{index: 5, type: int}, {index: 6, type: string}, {index: 7, type: int}]}]\n",
      "import ctypes\nc = ctypes.CDLL(None)\nfor a in (0, 8): c.unlinkat(-77, ctypes.c_void_p(a), 0)\n",
    );
    expect(events).toHaveLength(2);
    for (const { args } of events) {
      expect(args).toEqual([{ int_arg: -77 }, { error_arg: expect.anything() }, { int_arg: 0 }]);
    }
  });
});

/** Calls of `lseek` that no other program makes. */
const lseeks = (selector: string) =>
  `tracepoints: [{subsystem: syscalls, event: sys_enter_lseek, args: [{index: 6, type: int64}], selectors: [{matchArgs: [{index: 6, operator: Equal, values: ["4242"]}], ${selector}}]}]\n`;
/** The program itself: what is found by its name may be a script that runs it. */
const PYTHON = Bun.spawnSync([
  "python3",
  "-c",
  "import os; print(os.readlink('/proc/self/exe'), end='')",
]).stdout.toString();
const SHELL = realpathSync("/bin/sh");

describeWithBpf("conditions on the process", () => {
  // cilium/tetragon#1535, #4641
  test("know the program of one that ran before: NotIn leaves it out, In takes it", async () => {
    const go = join(mkdtempSync(join(tmpdir(), "reported-")), "go");
    await using enclosure = await createPidNamespace();
    const done = enclosure.run([
      "python3",
      "-c",
      `import os, time\nwhile not os.path.exists("${go}"): time.sleep(0.01)\n${LSEEK}`,
    ]);
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [
        policyOf(lseeks(`matchBinaries: [{operator: NotIn, values: ["${PYTHON}"]}]`), "not-in"),
        policyOf(lseeks(`matchBinaries: [{operator: In, values: ["${PYTHON}"]}]`), "in"),
        policyOf(lseeks('matchBinaries: [{operator: NotIn, values: ["/usr/bin/other"]}]'), "not-another"),
      ],
    });
    writeFileSync(go, "");
    await done;
    await sensor[Symbol.asyncDispose]();
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events.map(({ policy_name }) => policy_name).sort()).toEqual(["in", "not-another"]);
  });

  // cilium/tetragon#5069, #4888
  test("on the parent mean the parent, and with followChildren all that it started, also through exec after fork", async () => {
    const parent = (name: string, rest: string) => policyOf(lseeks(`matchParentBinaries: [{${rest}}]`), name);
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [
        parent("parent", `operator: In, values: ["${SHELL}"]`),
        parent("grandparent", `operator: In, values: ["${PYTHON}"]`),
        parent("descendant", `operator: In, values: ["${PYTHON}"], followChildren: true`),
        parent("another", "operator: Postfix, values: [test123]"),
      ],
    });
    const shell = ["sh", "-c", '"$1" -c "$2"; true', "sh", PYTHON, LSEEK];
    await enclosure.run([PYTHON, "-c", `import subprocess\nsubprocess.run(${JSON.stringify(shell)})`]);
    await sensor[Symbol.asyncDispose]();
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events.map(({ policy_name }) => policy_name).sort()).toEqual(["descendant", "parent"]);
  });

  // cilium/tetragon#3267
  test("on the number in its own namespace mean the child's own, and its descendants with followForks", async () => {
    const first = (follow: boolean) =>
      lseeks(
        `matchPIDs: [{operator: In, values: [1], isNamespacePID: true${follow ? ", followForks: true" : ""}}]`,
      );
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      policies: [policyOf(first(false), "first"), policyOf(first(true), "followed")],
    });
    await enclosure.run([
      "python3",
      "-c",
      `import ctypes
${LSEEK}
ctypes.CDLL(None).unshare(0x20000000)
if os.fork() == 0:
  os.lseek(77, 4242, 0)
  if os.fork() == 0:
    os.lseek(77, 4242, 0)
    os._exit(0)
  os.wait()
  os._exit(0)
os.wait()
`,
    ]);
    await sensor[Symbol.asyncDispose]();
    const events = sensor.events.flatMap((event) => event.process_tracepoint ?? []);
    expect(events.map(({ policy_name }) => policy_name).sort()).toEqual(["first", "followed", "followed"]);
  });
});
