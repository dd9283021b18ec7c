import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KernelSymbols } from "../../../src/kernel/symbol/index.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-kallsyms-"));
afterAll(() => rmSync(directory, { recursive: true }));

function symbolsOf(text: string): KernelSymbols {
  const path = join(directory, "kallsyms");
  writeFileSync(path, text);
  return new KernelSymbols(path);
}

const SAMPLE = `ffffffff81000000 T _stext
ffffffff81000010 t twice
ffffffff81000020 T do_thing
ffffffff81000100 t twice
ffffffff82000000 D a_variable
ffffffffc0000000 t do_other\t[overlay]
`;

describe("KernelSymbols", () => {
  test("find() gives all symbols of a name, with module and kind", () => {
    const symbols = symbolsOf(SAMPLE);
    expect(symbols.find("twice").map(({ address }) => address)).toEqual([
      0xffffffff81000010n,
      0xffffffff81000100n,
    ]);
    expect(symbols.find("do_other")).toEqual([
      { name: "do_other", address: 0xffffffffc0000000n, type: "t", module: "overlay" },
    ]);
    expect(symbols.find("gone")).toEqual([]);
  });

  test("findAll() leaves out what is not there, and reads no more than once for what it knows", () => {
    const symbols = symbolsOf(SAMPLE);
    expect([...symbols.findAll(["do_thing", "gone"]).keys()]).toEqual(["do_thing"]);
    writeFileSync(join(directory, "kallsyms"), "");
    expect([...symbols.findAll(["do_thing", "gone"]).keys()]).toEqual(["do_thing"]);
  });

  test("matching() gives functions, not more than asked for", () => {
    const symbols = symbolsOf(SAMPLE);
    expect(symbols.matching((name) => /^(do_|a_)/.test(name), 10).map(({ name }) => name)).toEqual([
      "do_thing",
      "do_other",
    ]);
    expect(symbols.matching(() => true, 1)).toHaveLength(1);
  });

  test("reads lines that are cut by the pieces it reads, and a last line without an end", () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `ffffffff8${index.toString(16).padStart(7, "0")} T f${index}`,
    );
    const symbols = symbolsOf(lines.join("\n"));
    expect(symbols.matching(() => true, Number.POSITIVE_INFINITY)).toHaveLength(20_000);
    expect(symbols.find("f19999")).toHaveLength(1);
  });

  test("knows the running kernel's", () => {
    const symbols = new KernelSymbols();
    expect(symbols.find("vprintk").length).toBeGreaterThan(0);
  });
});
