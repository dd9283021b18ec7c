/** Files of processes: what is remembered of them is bounded, whoever has made them. */
import { afterAll, expect, spyOn, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LATER, type SymbolFile, SymbolFiles } from "../../../../src/source/sensor/policy/symbol-files.ts";
import { elf, symbols } from "../../../kernel/symbol/made-elf.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-symbol-files-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A file whose table of names is a hole of that size. */
function fileWith(files: SymbolFiles, identity: string, namesSize: number): SymbolFile {
  const path = join(directory, identity);
  const segments = [{ type: 1, offset: 0, size: 1 << 20 }];
  const bytes = elf(
    segments,
    symbols(1, () => 1),
    Buffer.from(`\0${identity}\0`),
  );
  // The size of the last section.
  bytes.writeBigUInt64LE(BigInt(namesSize), 64 + 56 + 2 * 64 + 32);
  writeFileSync(path, bytes);
  truncateSync(path, bytes.length + namesSize);
  const mapping = { start: 0n, end: 4096n, isExecutable: true, offset: 0n, identity, path };
  const file = files.ofMapping(process.pid, mapping);
  expect(file).not.toBe(LATER);
  return file as SymbolFile;
}

test("forgets functions of files that take much memory together, and reads few of them at once", () => {
  using _ = spyOn(performance, "now").mockReturnValue(performance.now());
  const files = new SymbolFiles("/proc");
  const large = ["a", "b", "c"].map((name) => {
    const file = fileWith(files, name, 22 << 20);
    expect(files.functionsOf(file)).toMatchObject({});
    return file;
  });
  expect(large.map(({ isRead }) => isRead)).toEqual([false, true, true]);
  expect(large[2]?.functions?.find(0x1000)).toBe("c");
  expect(files.functionsOf(fileWith(files, "d", 22 << 20))).toBe(LATER);
});

test("files that are too large have no functions", () => {
  const files = new SymbolFiles("/proc");
  expect(files.functionsOf(fileWith(files, "large", 65 << 20))).toBeUndefined();
  expect(files.functionsOf(fileWith(files, "small", 10))).toMatchObject({});
});

test.if(process.getuid?.() === 0 && existsSync("/dev/fuse"))(
  "what is mounted where nobody answers is not asked",
  async () => {
    const silent = mkdtempSync(join(directory, "silent-"));
    const program = `import ctypes, os, sys
fd = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
ctypes.CDLL(None).mount(b"silent", sys.argv[1].encode(), b"fuse", 0, options)
print("mounted", flush=True)
sys.stdin.read()`;
    const child = Bun.spawn(["unshare", "--mount", "python3", "-c", program, silent], {
      stdin: "pipe",
      stdout: "pipe",
    });
    try {
      let said = "";
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        said += chunk;
        if (said.endsWith("\n")) break;
      }
      expect(said).toBe("mounted\n");
      const files = new SymbolFiles("/proc");
      const mapping = {
        start: 0n,
        end: 4096n,
        isExecutable: true,
        offset: 0n,
        identity: "1:1",
        path: join(silent, "lib.so"),
      };
      expect(files.ofMapping(child.pid, mapping)).toMatchObject({ buildId: undefined });
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  },
);
