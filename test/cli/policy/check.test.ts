import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../../../src/cli/policy/check.ts";
import { explain } from "../../../src/cli/policy/explain.ts";
import { openCheckedKernel } from "../../../src/cli/policy/kernel.ts";
import { show } from "../../../src/cli/policy/show.ts";
import { VMLINUX_BTF } from "../../../src/kernel/btf/index.ts";
import { readSecurityModules } from "../../../src/kernel/feature/index.ts";
import { sampleTypes } from "../../policy/check/support.ts";
import { documentOf } from "../../policy/document/support.ts";
import { runCommand } from "../support.ts";

let directory = "";
const at = (name: string) => join(directory, name);

const RIGHT = documentOf("kprobes:\n- {call: sys_openat, args: [{index: 2, type: int}]}", "right");
const WRONG = documentOf("kprobes:\n- {call: tcp_connect}\n- {call: sys_openat, foo: 1}", "wrong");
const LATER = documentOf(
  "uprobes:\n- {path: /bin/sh, symbols: [main], selectors: [{matchActions: [{action: Override, argNewSymbol: x}]}]}",
  "later",
);
const IDLE = documentOf("kprobes: []", "idle");
const LSM = documentOf("lsmhooks:\n- {hook: file_open, args: [{index: 0, type: file}]}", "lsm");
const MISSING = documentOf("kprobes:\n- {call: gone, syscall: false}", "missing");

function areModulesShown(): boolean {
  try {
    return readSecurityModules().length > 0;
  } catch {
    return false;
  }
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tetrad-policy-"));
  for (const [name, text] of Object.entries({ RIGHT, WRONG, LATER, IDLE, LSM, MISSING }))
    writeFileSync(at(`${name}.yaml`), text);
  writeFileSync(at("types"), sampleTypes());
  writeFileSync(at("bytes.yaml"), Buffer.from([0xff, 0xfe]));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("tetrad policy check", () => {
  test("prints all findings of all files, and exits 1 for errors", async () => {
    const { code, out, err } = await runCommand(check, ["--text-only", at("WRONG.yaml"), at("RIGHT.yaml")]);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out.split("\n").map((line) => line.replace(directory, "").slice(0, 60))).toEqual([
      '/WRONG.yaml:7:12: error: spec.kprobes[0].call: found "tcp_co',
      '/WRONG.yaml:8:24: error: spec.kprobes[1]: found the key "foo',
      "/RIGHT.yaml: right: no errors",
      "",
    ]);
  });

  test("exits 3 for what this version cannot load, and says it", async () => {
    const { code, out } = await runCommand(check, ["--text-only", at("LATER.yaml")]);
    expect(code).toBe(3);
    expect(out).toBe(
      `${at("LATER.yaml")}:7:99: unsupported: spec.uprobes[0].selectors[0].matchActions[0].argNewSymbol: found argNewSymbol of Override, which this version of tetrad cannot load\n`,
    );
  });

  test("says of a policy without hooks that it does nothing", async () => {
    const { code, out } = await runCommand(check, ["--text-only", at("IDLE.yaml")]);
    expect({ code, out }).toEqual({
      code: 0,
      out: `${at("IDLE.yaml")}: idle: no errors, and no hooks: it does nothing\n`,
    });
  });

  test("checks against another kernel's types", async () => {
    const { code, out } = await runCommand(check, [`--btf=${at("types")}`, at("MISSING.yaml")]);
    expect(code).toBe(1);
    expect(out).toContain('error: spec.kprobes[0].call: found "gone", expected a function of this kernel');
  });

  test("says what this kernel lacks for a policy that is right, and what works here instead", async () => {
    const hasKprobes = existsSync("/sys/bus/event_source/devices/kprobe");
    if (!existsSync(VMLINUX_BTF)) return;
    const { code, out } = await runCommand(check, [at("RIGHT.yaml")]);
    expect(code).toBe(hasKprobes ? 0 : 3);
    expect(out).toEndWith(`${at("RIGHT.yaml")}: right: no errors\n`);
    const found =
      "unsupported: spec.kprobes[0]: found what cannot be loaded here, since this kernel was built";
    expect(out.includes(found)).toBe(!hasKprobes);
    expect(out.includes("use the tracepoint syscalls/sys_enter_openat here")).toBe(!hasKprobes);
  });

  test("does not vouch for hooks of security modules where the kernel does not show whether it has them", async () => {
    if (
      !existsSync(VMLINUX_BTF) ||
      openCheckedKernel("", () => {})?.function("bpf_lsm_file_open") === undefined
    )
      return;
    const isShown = areModulesShown();
    const { out } = await runCommand(check, [at("LSM.yaml")]);
    expect(out.includes("may not be loadable here: whether BPF is among")).toBe(!isShown);
    expect(out).toEndWith(`lsm: no errors${isShown ? "" : ", as far as can be seen here"}\n`);
  });

  test("prints JSON for machines", async () => {
    const { code, out } = await runCommand(check, [
      "--text-only",
      "--json",
      at("WRONG.yaml"),
      "builtin:network",
    ]);
    expect(code).toBe(1);
    const { isCheckedAgainstKernel, files } = JSON.parse(out);
    expect(isCheckedAgainstKernel).toBe(false);
    expect(files[0].findings[0]).toEqual({
      severity: "error",
      kind: "mistake",
      file: at("WRONG.yaml"),
      path: "spec.kprobes[0].call",
      line: 7,
      column: 12,
      found: '"tcp_connect"',
      expected: "a system call, since syscall is true unless the hook says otherwise",
      cure: "tcp_connect is no system call: add syscall: false",
    });
    expect(files[1]).toMatchObject({
      file: "builtin:network",
      policies: [{ name: "network" }],
      findings: [],
    });
  });

  test.each([
    [[], "Cannot check: found no FILE"],
    [["/none"], 'Cannot read policies from "/none": ENOENT'],
    [["builtin:netwrk"], 'Unknown policy "netwrk": did you mean network?'],
    [["--text-only", "--btf=x", "/none"], "found --text-only and --btf, expected one of them"],
    [["--btf=/none", "builtin:network"], 'Cannot read the kernel\'s types "/none"'],
  ])("refuses %j as a wrong use", async (argv, message) => {
    await expect(runCommand(check, argv)).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining(message),
    });
  });

  test("refuses a file that is no text", async () => {
    await expect(runCommand(check, [at("bytes.yaml")])).rejects.toMatchObject({ code: "config" });
  });
});

describe("tetrad policy explain", () => {
  test("explains a policy against another kernel's types", async () => {
    const argv = [`--btf=${at("types")}`, at("RIGHT.yaml")];
    const { code, out } = await runCommand(explain, argv);
    expect(code).toBe(0);
    expect(out).toStartWith("Policy right\n");
    expect(out).toContain("The system call openat, of 64-bit programs  (spec.kprobes[0], line 7)");
    expect(out).not.toContain("\nProgram ");
  });

  test.if(existsSync(VMLINUX_BTF))(
    "prints the programs for this kernel, instruction by instruction",
    async () => {
      const { code, out } = await runCommand(explain, ["--programs", at("RIGHT.yaml")]);
      expect(code).toBe(0);
      const name = process.arch === "arm64" ? "__arm64_sys_openat" : "__x64_sys_openat";
      expect(out).toMatch(
        new RegExp(`\\nProgram tetrad_p1 at syscall ${name}\\n(?: .*\\n|\\w+:\\n)+ +\\d+: 95`),
      );
    },
  );

  test("says what is wrong on standard error, and exits 1", async () => {
    const { code, out, err } = await runCommand(explain, [`--btf=${at("types")}`, at("WRONG.yaml")]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("add syscall: false");
  });
});

describe("tetrad policy show", () => {
  test("prints a policy that comes with the agent, as it is", async () => {
    const { code, out } = await runCommand(show, ["network"]);
    expect(code).toBe(0);
    expect(out).toContain("kind: TracingPolicy\n");
  });

  test("lists them", async () => {
    const { out } = await runCommand(show, []);
    for (const row of out.trimEnd().split("\n")) expect(row).toMatch(/^[a-z-]+ {2,}[A-Z].*\.$/);
  });

  test("names the one that was meant", async () => {
    await expect(runCommand(show, ["file-acces"])).rejects.toThrow(
      'Unknown policy "file-acces": did you mean file-access?',
    );
  });
});
