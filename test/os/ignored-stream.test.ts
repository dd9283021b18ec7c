import { expect, test } from "bun:test";
import { IgnoredStreams } from "../../src/os/ignored-stream.ts";

const CHILD = `const { readSync, writeSync } = require("node:fs");
  const got = readSync(0, Buffer.alloc(10));
  let error = "";
  try { writeSync(1, "x"); } catch (e) { error = e.code; }
  writeSync(2, got + " " + error);`;

for (const [isNullThere, written] of [
  [true, "0 "],
  [false, "0 EPIPE"],
] as const) {
  test(`a child reads nothing and waits for nobody, ${isNullThere ? "with" : "without"} /dev/null`, async () => {
    using streams = new IgnoredStreams(isNullThere);
    const child = Bun.spawn([process.execPath, "-e", CHILD], {
      stdio: [streams.input, streams.output, "pipe"],
      env: { BUN_BE_BUN: "1" },
    });
    expect(await new Response(child.stderr as ReadableStream).text()).toBe(written);
    expect(await child.exited).toBe(0);
  });
}
