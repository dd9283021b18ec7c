/** Messages are the same where the runtime has no WebAssembly: an object is made of every line then. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../../..");

/** Prints what becomes of the lines of standard input. */
const PROGRAM = `
import { TetragonProtobuf } from ${JSON.stringify(join(ROOT, "src/encoding/protobuf/encoding.ts"))};
import { batchOf, encoded } from ${JSON.stringify(join(ROOT, "test/encoding/protobuf/support.ts"))};
const lines = (await Bun.stdin.text()).trimEnd().split("\\n");
const encoding = new TetragonProtobuf();
const messages = encoded(encoding, batchOf(...lines)).map((message) => message?.toString("hex"));
console.log(typeof WebAssembly, encoding.unknownFields, JSON.stringify([...encoding.notExpressible]), JSON.stringify(messages));
`;

async function run(useWasm: "0" | "1"): Promise<string> {
  const events = await Bun.file(join(ROOT, "test/fixtures/tetragon-events.jsonl")).text();
  const child = Bun.spawn([process.execPath, "-e", PROGRAM], {
    stdin: Buffer.from(`${events}{"process_exec":{"of_tomorrow":1}}\n{"process_exec":1}\n`),
    stderr: "inherit",
    env: { ...process.env, BUN_JSC_useWasm: useWasm },
  });
  expect(await child.exited).toBe(0);
  return child.stdout.text();
}

test("without WebAssembly the same messages are made of the same lines", async () => {
  const [usual, without] = await Promise.all([run("1"), run("0")]);
  expect(usual).toMatch(/^object 1 /);
  expect(without).toBe(usual.replace(/^object/, "undefined"));
});
