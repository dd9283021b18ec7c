import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HANDLER_CODE } from "../../../src/os/mapping-guard.ts";

/** The code that GNU as makes of a source beside this file. */
function assemble(source: string, tools: string): string {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-as-"));
  try {
    const [object, code] = ["object.o", "code.bin"].map((name) => join(directory, name));
    for (const command of [
      [`${tools}as`, "-o", object!, join(import.meta.dir, source)],
      [`${tools}objcopy`, "-O", "binary", "-j", ".text", object!, code!],
    ]) {
      const { exitCode, stderr } = Bun.spawnSync(command, { stderr: "pipe" });
      if (exitCode !== 0) throw new Error(stderr.toString());
    }
    return readFileSync(code!).toString("hex");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("HANDLER_CODE", () => {
  for (const [architecture, source, tools] of [
    ["x64", "amd64.S", ""],
    ["arm64", "arm64.S", "aarch64-linux-gnu-"],
  ] as const) {
    const assembler = `${tools}as`;
    const isMissing = Bun.which(assembler) === null;
    if (isMissing) console.warn(`SKIPPED: a test of machine code needs ${assembler}`);
    test.skipIf(isMissing)(`is what GNU as makes of ${source}`, () => {
      expect(HANDLER_CODE[architecture]).toBe(assemble(source, tools));
    });
  }
});

test("a fault elsewhere still ends the process, with the signal's name", async () => {
  const script = `
    const { mapFile, reserveFile } = await import(${JSON.stringify(join(import.meta.dir, "../../../src/os/mapped-file.ts"))});
    const fs = require("node:fs");
    const [guarded, other] = ["a", "b"].map((name) => {
      const fd = fs.openSync(process.argv[1] + "/" + name, "w+");
      reserveFile(fd, 8192);
      return fd;
    });
    const survives = mapFile(guarded);
    fs.ftruncateSync(guarded, 0);
    survives[5000] = 1;
    console.log("survived", survives[0], survives[5000]);
    const ends = Bun.mmap("/proc/self/fd/" + other, { shared: true });
    fs.ftruncateSync(other, 0);
    ends[0] = 1;
    console.log("not reached");
  `;
  const directory = mkdtempSync(join(tmpdir(), "tetrad-guard-"));
  try {
    const child = Bun.spawn([process.execPath, "-e", script, directory], { stdout: "pipe", stderr: "pipe" });
    const out = await new Response(child.stdout).text();
    await child.exited;
    expect(out).toBe("survived 0 1\n");
    expect(child.exitCode === 0).toBe(false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
