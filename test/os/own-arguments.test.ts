import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hideIn } from "../../src/os/own-arguments.ts";

const zeros = (...list: string[]) => Buffer.from(list.map((item) => `${item}\0`).join(""));

test("hideIn() overwrites values, and nothing else", () => {
  const bytes = zeros("tetrad", "--key=secret", "--keys=plain", "--key", "other", "--key=", "end");
  hideIn(bytes, ["key"]);
  expect(bytes).toEqual(zeros("tetrad", "--key=******", "--keys=plain", "--key", "*****", "--key=", "end"));
});

test("hideArguments() hides them from everybody who looks at the process, and leaves them to it", async () => {
  const script = `
    const { hideArguments } = await import(${JSON.stringify(join(import.meta.dir, "../../src/os/own-arguments.ts"))});
    const before = process.argv.slice(2).join(" ");
    const done = hideArguments(["password"]);
    console.log(JSON.stringify({ done, before, seen: await Bun.file("/proc/self/cmdline").text(), argv: process.argv.slice(2) }));
  `;
  const path = join(tmpdir(), `own-arguments-${process.pid}.ts`);
  await Bun.write(path, script);
  try {
    const child = Bun.spawn([process.execPath, path, "--password=hunter2", "--password", "hunter3"]);
    const { done, before, seen, argv } = JSON.parse(await new Response(child.stdout).text());
    expect(done).toBe(true);
    expect(before).toContain("hunter2");
    expect(argv.join(" ")).toContain("hunter3");
    expect(seen).not.toContain("hunter");
    expect(seen).toContain("--password=*******");
  } finally {
    await Bun.file(path).delete();
  }
});
