/** Events are the same where the runtime has no WebAssembly: they are decoded then. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");

/** Reads lines from standard input into memory for scanners, as sources do, and prints what a pipeline leaves of them. */
const PROGRAM = `
import { EventBatch } from ${JSON.stringify(join(ROOT, "src/event/batch.ts"))};
import { validateBatch, decodeBatch } from ${JSON.stringify(join(ROOT, "src/event/decode.ts"))};
import { TextMemory } from ${JSON.stringify(join(ROOT, "src/event/scan/text-memory.ts"))};
const text = await Bun.stdin.bytes();
for (const check of [validateBatch, decodeBatch]) {
  const { bytes } = new TextMemory(text.length + 16);
  bytes.set(text);
  const batch = new EventBatch(bytes);
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(10, start) + 1;
    batch.push(start, end, end);
    start = end;
  }
  const invalid = check(batch, "full", () => {}, { isLazy: true });
  console.log(typeof WebAssembly, invalid, batch.count, Bun.hash(Array.from({ length: batch.count }, (_, i) => batch.line(i)).join()));
}
`;

async function run(useWasm: "0" | "1"): Promise<string[]> {
  const input = join(ROOT, "test/fixtures/tetragon-events.jsonl");
  const lines = `${await Bun.file(input).text()}{"process_exec":{"process":{"pid":-1}}}\n`;
  const child = Bun.spawn([process.execPath, "-e", PROGRAM], {
    stdin: Buffer.from(lines),
    stderr: "inherit",
    env: { ...process.env, BUN_JSC_useWasm: useWasm },
  });
  expect(await child.exited).toBe(0);
  return (await child.stdout.text()).trimEnd().split("\n");
}

test("without WebAssembly the same lines are valid", async () => {
  const [usual, without] = await Promise.all([run("1"), run("0")]);
  expect(without).toEqual(usual.map((line) => line.replace(/^object/, "undefined")));
  expect(without[0]).toMatch(/^undefined 1 31 /);
});
