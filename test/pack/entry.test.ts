import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ENTRY_CODE } from "../../scripts/pack/entry/code.ts";
import { guardEntry, guardFile } from "../../scripts/pack/entry/guard.ts";
import { IGNORED_SIGNALS } from "../../scripts/pack/entry/signals.ts";
import { ALLOWED_VARIABLES } from "../../scripts/pack/entry/variables.ts";
import { MACHINES } from "../../scripts/pack/machine.ts";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { variableOf } from "../../src/config/table.ts";
import { missing, NOBODY, packedTetrad, plainProbe, run, SYSTEM_PATH, scratchDirectory } from "./support.ts";

// Whatever comes first compiles an executable.
setDefaultTimeout(120_000);

const root = join(import.meta.dir, "../..");
const TETRAD = join(root, "dist/tetrad");

/** The probe with the guard, nothing else. */
function guardedProbe(target?: "bun-linux-arm64"): string {
  const path = join(mkdtempSync(join(scratchDirectory(), "guard-")), "probe");
  copyFileSync(plainProbe(target), path);
  guardFile(path);
  return path;
}

/** The environment that the probe's own code sees. */
function environmentIn(probe: string, env: Record<string, string>, before: string[] = []): object {
  const ended = run([...before, probe, "environment"], env);
  if (ended.code !== 0) throw new Error(`The probe failed: ${JSON.stringify(ended)}`);
  return JSON.parse(ended.stdout) as object;
}

/** Signals that the probe ignores, bit 0 for signal 1: SigIgn of proc(5). */
function ignoredIn(probe: string): bigint {
  const ended = run([probe, "status"]);
  return BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(ended.stdout)?.[1]}`);
}

function isAllowed(name: string): boolean {
  return ALLOWED_VARIABLES.some((rule) =>
    rule.endsWith("*") ? name.startsWith(rule.slice(0, -1)) : name === rule,
  );
}

describe("ENTRY_CODE", () => {
  for (const { name, compiler } of MACHINES) {
    const objcopy = compiler.replace(/gcc$/, "objcopy");
    test.skipIf(missing([compiler, objcopy]))(`is what the assembler makes of ${name}.S`, () => {
      const directory = mkdtempSync(join(scratchDirectory(), "assembled-"));
      const [object, binary] = [join(directory, "code.o"), join(directory, "code.bin")];
      const env = { PATH: SYSTEM_PATH };
      const source = join(root, `scripts/pack/entry/${name}.S`);
      expect(run([compiler, "-c", "-o", object, source], env).stderr).toBe("");
      expect(run([objcopy, "-O", "binary", "-j", ".text", object, binary], env).stderr).toBe("");
      expect(readFileSync(binary).toString("hex")).toBe(ENTRY_CODE[name]);
    });
  }
});

describe("guardEntry()", () => {
  test("lets a variable through when a rule names it, whatever else is set", () => {
    const probe = guardedProbe();
    const names = fc.oneof(
      fc.constantFrom(...ALLOWED_VARIABLES.map((rule) => rule.replace("*", "X"))),
      fc.constantFrom(...ALLOWED_VARIABLES.flatMap((rule) => [`${rule}X`, rule.slice(0, -1), `X${rule}`])),
      fc.stringMatching(/^(BUN|JSC|NODE|TETRAGON|LC)_[A-Z_]{0,12}$/),
    );
    // In one environment of many, since a run takes a while.
    const [sample = []] = fc.sample(fc.uniqueArray(names, { minLength: 150, maxLength: 300 }), 1);
    const set = Object.fromEntries(
      sample.filter((name) => /^\w+$/.test(name)).map((name, i) => [name, `value-${i}`]),
    );
    const seen = environmentIn(probe, set);
    const expected = Object.fromEntries(Object.entries(set).filter(([name]) => isAllowed(name)));
    expect(seen).toEqual(
      Object.keys(expected).length < Object.keys(set).length ? { _: "", ...expected } : expected,
    );
  });

  test("lets every variable through that options are taken from", () => {
    const { names } = OPTION_TABLE;
    const standard = names.flatMap((name) => OPTION_TABLE.row(name).variables ?? []);
    const all = [...names.map(variableOf), ...standard.map(({ name }) => name), "OTEL_SDK_DISABLED"];
    expect(all.filter((name) => !isAllowed(name))).toEqual([]);
  });

  test("leaves an environment alone that is empty, or allowed as a whole", () => {
    const probe = guardedProbe();
    expect(environmentIn(probe, {})).toEqual({});
    expect(environmentIn(probe, { TETRAGON_A: "", TZ: "UTC=1" })).toEqual({ TETRAGON_A: "", TZ: "UTC=1" });
  });

  test.skipIf(missing(["qemu-aarch64-static", "aarch64-linux-gnu-gcc"]))("does the same on arm64", () => {
    const libraries = "/usr/aarch64-linux-gnu";
    const seen = environmentIn(
      guardedProbe("bun-linux-arm64"),
      { PATH: SYSTEM_PATH, TZ: "UTC", BUN_BE_BUN: "1" },
      ["qemu-aarch64-static", "-L", libraries],
    );
    expect(seen).toEqual({ PATH: SYSTEM_PATH, TZ: "UTC", _: "" });
  });

  test("ignores the signals that nobody means to end a program by, and no other", () => {
    const mask = IGNORED_SIGNALS.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n);
    expect(ignoredIn(guardedProbe())).toBe(ignoredIn(plainProbe()) | mask);
  });

  test("refuses what it has guarded, what is position-independent, and what is not an ELF file", () => {
    const guarded = readFileSync(guardedProbe());
    expect(() => guardEntry("guarded", guarded)).toThrow(
      'Cannot guard "guarded": it has no program header for notes, needs PT_NOTE to take the place of',
    );
    expect(() => guardEntry("true", readFileSync("/bin/true"))).toThrow(
      'Cannot guard "true": ELF type is 3, needs 2 (ET_EXEC)',
    );
    expect(() => guardEntry("text", Buffer.from("text"))).toThrow(SyntaxError);
  });
});

describe("the runtime's own switches", () => {
  const script = join(scratchDirectory(), "preloaded.js");
  writeFileSync(script, 'console.log("preloaded"); process.exit(0);');
  chmodSync(scratchDirectory(), 0o755);
  const SWITCHES: Record<string, string>[] = [
    { BUN_BE_BUN: "1" },
    { BUN_OPTIONS: `--preload=${script}` },
    { BUN_OPTIONS: "--version" },
    { BUN_OPTIONS: "--print=1" },
    { BUN_OPTIONS: "--cpu-prof" },
    { BUN_INSPECT: "ws+unix:///tmp/none.sock" },
    { BUN_INSPECT_PRELOAD: script },
    { BUN_JSC_dumpOptions: "2" },
    { BUN_JSC_useFFI: "0", JSC_useJIT: "0" },
    { NODE_OPTIONS: `--require=${script}`, NODE_CHANNEL_FD: "0" },
    { BUN_INTERNAL_BUNX_INSTALL: "1", BUN_FEATURE_FLAG_INTERNAL_FOR_TESTING: "1" },
    { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "/proc/none", BUN_TMPDIR: "/proc/none" },
    { MIMALLOC_VERBOSE: "1", MIMALLOC_SHOW_STATS: "1" },
  ];
  const plain = () => run([TETRAD, "version"]);

  for (const variables of SWITCHES) {
    test(`${JSON.stringify(variables)} has no effect`, () => {
      const expected = plain();
      expect(expected.code).toBe(0);
      expect(run([TETRAD, "version"], variables)).toEqual(expected);
      expect(run([TETRAD, "-e", "console.log(1)"], variables)).toEqual(run([TETRAD, "-e", "console.log(1)"]));
    });
  }

  test("a name that the runtime has other programs under has no effect", () => {
    for (const name of ["bun", "bunx", "node"]) {
      const command = ["bash", "-c", `exec -a ${name} "$0" version`, TETRAD];
      expect(run(command, { PATH: SYSTEM_PATH }).stdout).toBe(plain().stdout);
    }
  });

  test.skipIf(missing(["gcc"]))("they have none on the self-contained executable", () => {
    expect(run([packedTetrad(), "version"], { BUN_BE_BUN: "1", BUN_OPTIONS: "--version" }).stdout).toBe(
      plain().stdout,
    );
  });

  test.skipIf(missing(["setpriv", "setcap"], { root: true }))(
    "they have none where the file has rights that its user lacks",
    () => {
      const file = join(scratchDirectory(), "privileged");
      const user = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
      const variables = { PATH: SYSTEM_PATH, BUN_BE_BUN: "1", BUN_OPTIONS: `--preload=${script}` };
      copyFileSync(TETRAD, file);
      chmodSync(file, 0o755);
      expect(run(["setcap", "cap_net_raw+ep", file], variables).code).toBe(0);
      expect(run([...user, file, "version"], variables).stdout).toBe(plain().stdout);
      chownSync(file, 0, 0);
      chmodSync(file, 0o4755);
      expect(run([...user, file, "version"], variables).stdout).toBe(plain().stdout);
    },
  );
});
