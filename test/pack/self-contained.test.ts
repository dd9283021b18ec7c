import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, copyFileSync, openSync, readFileSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ELF, parseElf } from "../../scripts/pack/elf.ts";
import { packSelfContained } from "../../scripts/pack/pack.ts";
import { readLicenses } from "../../src/install/licenses.ts";
import { missing, packedProbe, plainProbe, report, run, scratchDirectory } from "./support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const skip = missing(["gcc"]);

/** Permissions and name of each mapping, `memfd` and addresses aside. */
function mappings(
  maps: readonly string[],
): { from: number; to: number; permissions: string; name: string }[] {
  return maps.map((line) => {
    const [range = "", permissions = "", , , , ...name] = line.split(/ +/);
    const [from = "", to = ""] = range.split("-");
    return {
      from: Number.parseInt(from, 16),
      to: Number.parseInt(to, 16),
      permissions,
      name: name.join(" "),
    };
  });
}

describe.skipIf(skip)("a self-contained executable", () => {
  test("behaves as the plain one: path, stack trace, descriptors, entry point, libc by FFI, UDP", () => {
    const [plain, packed] = [plainProbe(), packedProbe()].map((path) => ({ path, ...report(run([path])) }));
    expect(packed!.execPath).toBe(packed!.path);
    expect(packed!.stack).toBe(plain!.stack);
    expect(packed!.descriptors).toEqual(plain!.descriptors);
    expect(packed!.entry).toBe(plain!.entry);
    expect(packed!.pidAgrees).toBe(true);
    expect(packed!.received).toBe("datagram");
  });

  test("leaves its environment as it came", () => {
    const env = { ONE: "1", LD_PRELOAD: "", LD_LIBRARY_PATH: "/nowhere" };
    const { environment } = report(run([packedProbe()], env));
    expect(environment.split("\0").sort()).toEqual(["", "LD_LIBRARY_PATH=/nowhere", "LD_PRELOAD=", "ONE=1"]);
  });

  test("obeys an LD_PRELOAD of the user's, and hands it on", () => {
    const library = "/lib/x86_64-linux-gnu/libresolv.so.2";
    const env = { LD_PRELOAD: library };
    const packed = report(run([packedProbe(), "all", "/usr/bin/env"], env));
    expect(packed.preload).toBe(library);
    expect(packed.maps.join("\n")).toContain(library.slice(library.lastIndexOf("/")));
    expect(packed.child).toContain(`LD_PRELOAD=${library}\n`);
  });

  test("shows children no variable and no descriptor that the plain one does not", () => {
    const children = [plainProbe(), packedProbe()].map((path) => {
      const environment = report(run([path, "all", "/usr/bin/env"], { ONE: "1" })).child;
      const descriptors = report(run([path, "all", "/bin/ls", "/proc/self/fd"])).child;
      return { environment, descriptors };
    });
    expect(children[1]!.environment).not.toContain("LD_");
    expect(children[1]!.environment).toContain("ONE=1\n");
    expect(children[1]!.descriptors).toBe(children[0]!.descriptors!);
  });

  test("keeps the stack non-executable and adds no mapping that is writable and executable", () => {
    const writableCode = (maps: readonly string[]) =>
      mappings(maps).filter(({ permissions }) => permissions.includes("w") && permissions.includes("x"))
        .length;
    const plain = report(run([plainProbe()]));
    const packed = report(run([packedProbe()]));
    expect(mappings(packed.maps).find(({ name }) => name === "[stack]")?.permissions).toBe("rw-p");
    expect(writableCode(packed.maps)).toBe(writableCode(plain.maps));
    const flags = parseElf("packed", readFileSync(packedProbe())).programHeaders.map((p) => p.flags);
    expect(flags.filter((flag) => (flag & ELF.PF_W) !== 0 && (flag & ELF.PF_X) !== 0)).toEqual([]);
  });

  test("loads the loader and the libraries at other addresses in each run", () => {
    const starts = (name: string) =>
      new Set(
        Array.from({ length: 6 }, () => {
          const { maps } = report(run([packedProbe(), "quiet"]));
          return mappings(maps).find((mapping) => mapping.name.includes(name))?.from;
        }),
      );
    for (const name of ["memfd:ld-linux", "memfd:libc.so"]) expect(starts(name).size).toBeGreaterThan(3);
  });

  test("unmaps the libraries' copies: of the file only the program and the stub's code stay", () => {
    const program = parseElf("plain", readFileSync(plainProbe()));
    const top = Math.max(...program.programHeaders.map((p) => p.address + p.memorySize));
    const { maps } = report(run([packedProbe()]));
    const above = mappings(maps).filter(({ from, name }) => from > top && name === packedProbe());
    expect(above.map(({ from, to, permissions }) => ({ bytes: to - from, permissions }))).toEqual([
      { bytes: 0x2000, permissions: "r-xp" },
    ]);
  });

  test("is the same bytes when packed again", () => {
    const again = join(scratchDirectory(), "again");
    packSelfContained({ input: plainProbe(), output: again, licenses: "Licences of the probe" });
    expect(Buffer.compare(readFileSync(again), readFileSync(packedProbe()))).toBe(0);
  });

  test("carries its licences in a section, and keeps the program's own sections in place", () => {
    expect(readLicenses(packedProbe())).toBe("Licences of the probe");
    expect(readLicenses(plainProbe())).toBeUndefined();
    const notes = run(["/usr/bin/readelf", "-n", packedProbe()]);
    expect(notes.stdout).toBe(run(["/usr/bin/readelf", "-n", plainProbe()]).stdout);
    expect(notes.stdout).toContain("Build ID");
  });

  test("cannot be packed twice", () => {
    expect(() =>
      packSelfContained({ input: packedProbe(), output: join(scratchDirectory(), "twice") }),
    ).toThrow(
      `Cannot pack "${packedProbe()}": it names no dynamic loader, so it is static or packed already`,
    );
  });
});

/** Changes one byte of a file. The file is closed after: one that is open for writing does not start. */
function writeByte(path: string, offset: number, value: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, new Uint8Array([value]), 0, 1, offset);
  closeSync(fd);
}

describe.skipIf(skip)("a damaged self-contained executable", () => {
  const damaged = join(scratchDirectory(), "damaged");

  test("says that it is truncated and exits with 1, wherever the file ends after its first page", () => {
    const size = statSync(packedProbe()).size;
    copyFileSync(packedProbe(), damaged);
    for (const length of [size - 1, size >> 1, 3_000_000, 0x20000, 0x10001, 8192, 4097, 4096]) {
      truncateSync(damaged, length);
      const { code, stderr } = run([damaged]);
      expect({ length, code, stderr }).toEqual({
        length,
        code: 1,
        stderr: "tetrad: Cannot start: the executable file is truncated\n",
      });
    }
  });

  test("says that it is damaged and exits with 1 when a byte of the table or a library differs", () => {
    const table = "tetrad: Cannot start: the executable file is damaged: the checksum of its table differs\n";
    const library =
      "tetrad: Cannot start: the executable file is damaged: the checksum of a library differs\n";
    copyFileSync(packedProbe(), damaged);
    const original = readFileSync(packedProbe());
    const magic = original.indexOf("tetrad-1");
    const cases: [number, string][] = [
      [magic + 24, table],
      [magic + 120, table],
      [0x20000 + 5000, library],
      [0x20000 + 2_500_000, library],
    ];
    for (const [offset, message] of cases) {
      writeByte(damaged, offset, original[offset]! ^ 0x40);
      const { code, stderr } = run([damaged]);
      writeByte(damaged, offset, original[offset]!);
      expect({ offset, code, stderr }).toEqual({ offset, code: 1, stderr: message });
    }
  });
});
