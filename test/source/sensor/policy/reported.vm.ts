/** Documents on functions of the kernel that users of other agents reported as bugs there. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createPidNamespace, RunningSensor } from "../support.ts";
import { policyOf } from "./read-policy.ts";

interface KprobeEvent {
  readonly function_name: string;
  readonly args?: readonly Record<string, unknown>[];
  readonly return?: object;
}

const directory = mkdtempSync("/var/tmp/reported-");

/** The directory as a dentry has it, which does not know where its file system is mounted. */
function directoryInside(): string {
  const points = readFileSync("/proc/self/mountinfo", "latin1")
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? [])
    .filter((point) => point !== "/" && directory.startsWith(`${point}/`));
  return directory.slice(Math.max(0, ...points.map(({ length }) => length)));
}

/** Runs a script of Python in the directory while a `spec` watches it. */
async function eventsOf(spec: string, script: string): Promise<KprobeEvent[]> {
  await using enclosure = await createPidNamespace();
  const sensor = await RunningSensor.start({ scope: enclosure.scope, policies: [policyOf(spec)] });
  await enclosure.run(["python3", "-c", script], { cwd: directory });
  await sensor[Symbol.asyncDispose]();
  return sensor.events.flatMap((event) => (event as { process_kprobe?: KprobeEvent }).process_kprobe ?? []);
}

describeWithBpf("a document on functions of the kernel", () => {
  // cilium/tetragon#4488
  test("has all arguments beside one that is read at the return", async () => {
    const own = 'selectors: [{matchArgs: [{index: 2, operator: Equal, values: ["4242"]}]}]';
    const events = await eventsOf(
      `kprobes:
- {call: sys_read, return: true, returnArg: {index: 0, type: int}, args: [{index: 0, type: int, label: fd}, {index: 1, type: char_buf, returnCopy: true, label: data}, {index: 2, type: size_t, label: size}], ${own}}
- {call: vfs_read, syscall: false, args: [{index: 1, type: char_buf, returnCopy: true}, {index: 2, type: size_t}], return: true, returnArg: {index: 0, type: int64}, ${own}}
`,
      "import os\nr, w = os.pipe()\nos.write(w, b'hello')\nos.read(r, 4242)\n",
    );
    const bytes = { bytes_arg: btoa("hello") };
    const size = { size_arg: "4242" };
    expect(events.map((event) => [event.args, event.return])).toEqual([
      [[bytes, size], { long_arg: "5" }],
      [
        [
          { int_arg: expect.any(Number), label: "fd" },
          { ...bytes, label: "data" },
          { ...size, label: "size" },
        ],
        { int_arg: 5 },
      ],
    ]);
  });

  // cilium/tetragon#5041
  test("compares a dentry by every operator of paths", async () => {
    const at = (operator: string, value: string) =>
      `{matchArgs: [{index: 0, operator: ${operator}, values: ["${value}"]}], matchActions: [{action: Post}]}`;
    const spec = (selector: string) =>
      `kprobes: [{call: security_inode_link, syscall: false, args: [{index: 0, type: dentry}], selectors: [${selector}]}]\n`;
    const script = (name: string) =>
      `import os\nopen("${name}", "w").close()\nos.link("${name}", "${name}2")\n`;
    for (const [index, operator] of ["Equal", "Prefix", "Postfix"].entries()) {
      const name = `file${index}`;
      const events = await eventsOf(spec(at(operator, join(directoryInside(), name))), script(name));
      expect(events).toHaveLength(1);
    }
    expect(await eventsOf(spec(at("Equal", "/abc/def")), script("other"))).toEqual([]);
  });

  // cilium/tetragon#3819, #4765
  test("loads where the kernel shows nobody its addresses", async () => {
    const setting = "/proc/sys/kernel/kptr_restrict";
    const before = readFileSync(setting, "latin1");
    writeFileSync(setting, "2");
    try {
      const events = await eventsOf(
        `kprobes: [{call: security_inode_mkdir, syscall: false, args: [{index: 1, type: dentry}], selectors: [{matchArgs: [{index: 1, operator: Postfix, values: [/hidden]}]}]}]\n`,
        "import os\nos.mkdir('hidden')\n",
      );
      expect(events).toHaveLength(1);
    } finally {
      writeFileSync(setting, before);
    }
  });
});
