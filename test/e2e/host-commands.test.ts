/** Commands that ask this host, and no agent. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { VMLINUX_BTF } from "../../src/kernel/btf/index.ts";
import { cleanUp, runTetrad, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

const HAS_COMPILER = Bun.which("cc") !== null;
if (!HAS_COMPILER) console.warn("SKIPPED: tests that need a C compiler");

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await runTetrad(args);
  return { code, out: stdout, err: stderr };
}

describe("tetrad tracingpolicy generate", () => {
  const generate = (...args: string[]) => run(["tracingpolicy", "generate", ...args]);
  const policyOf = async (...args: string[]) => {
    const { code, out, err } = await generate(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return parse(out) as {
      readonly metadata: { readonly name: string };
      readonly spec: Record<string, unknown[]>;
    };
  };

  test("prints an empty policy", async () => {
    expect(await policyOf("empty")).toEqual({
      apiVersion: "cilium.io/v1alpha1",
      kind: "TracingPolicy",
      metadata: { name: "empty" },
      spec: {},
    } as never);
  });

  test.skipIf(!existsSync(VMLINUX_BTF))("hooks every system call of this kernel, of one binary", async () => {
    const selectors = [{ matchBinaries: [{ operator: "In", values: ["/usr/bin/curl"] }] }];
    const { spec } = await policyOf("all-syscalls", "-m", "/usr/bin/curl");
    expect(spec.kprobes!.length).toBeGreaterThan(200);
    expect(spec.kprobes).toContainEqual({ call: "openat", syscall: true, selectors });
    const { spec: listed } = await policyOf("all-syscalls-list", "--match-binary=/usr/bin/curl");
    expect(listed.kprobes).toEqual([{ call: "list:syscalls", syscall: true, selectors }]);
    const values = spec.kprobes!.map((hook) => (hook as { call: string }).call);
    expect(listed.lists).toEqual([{ name: "syscalls", type: "syscalls", values }]);
  });

  test("lists the functions that ftrace knows, or says why it cannot", async () => {
    const { code, out, err } = await generate("ftrace-list", "--regex=^vfs_re");
    if (code !== 0) expect(err).toStartWith("Cannot read the functions that ftrace knows: ");
    else {
      const { spec } = parse(out) as { spec: { lists: { values: string[] }[]; kprobes: unknown[] } };
      expect(spec.lists[0]!.values).toContain("vfs_read");
      expect(spec.kprobes).toEqual([{ call: "list:ftrace", syscall: false }]);
    }
    expect((await generate("ftrace-list", "--regex=(")).err).toStartWith("Cannot use --regex: ");
  });

  test.skipIf(!HAS_COMPILER)("hooks the functions of a file", async () => {
    const directory = temporaryDirectory();
    const [source, path] = ["c", "so"].map((ending) => join(directory, `hooked.${ending}`));
    writeFileSync(source!, "int first(void) { return 1; }\nint y(void) { return first(); }\n");
    expect(Bun.spawnSync(["cc", "-shared", "-fPIC", "-o", path!, source!]).exitCode).toBe(0);
    const { spec } = await policyOf("uprobes", "-b", path!);
    const [hook] = spec.uprobes as { path: string; symbols: string[] }[];
    expect(hook!.path).toBe(path!);
    expect(hook!.symbols).toEqual(expect.arrayContaining(["first", "y"]));
    // To Kubernetes' parser, a bare y is true.
    expect((await generate("uprobes", "-b", path!)).out).toContain('- "y"\n');
    expect(await generate("usdts", "-b", path!)).toEqual({
      code: 1,
      out: "",
      err: `Cannot generate a policy: ${JSON.stringify(path)} has no static tracepoints\n`,
    });
  });

  test("takes what is there and no flag that would do nothing", async () => {
    const errors = await Promise.all(
      [["all"], [], ["uprobes"], ["empty", "--regex=x"], ["all-syscalls", "-b", "/bin/true"]].map(
        async (args) => (await generate(...args)).err,
      ),
    );
    expect(errors).toEqual([
      'Cannot generate a policy: found "all", expected one of empty, all-syscalls, all-syscalls-list, ftrace-list, uprobes, usdts\n',
      "Cannot run: found no WHAT, expected one of empty, all-syscalls, all-syscalls-list, ftrace-list, uprobes, usdts\n",
      "Cannot generate uprobes: found no --binary, expected a path\n",
      "Cannot use --regex with empty: it has no effect there\n",
      "Cannot use --binary with all-syscalls: it has no effect there\n",
    ]);
  });
});

describe("tetrad probe config", () => {
  test("says how the kernel was built, or that nobody knows", async () => {
    const { code, out, err } = await run(["probe", "config"]);
    if (code === 0) expect(out).toMatch(/^(?:CONFIG_[A-Z_]+:[ymn]\n){15}$/);
    else expect(err).toStartWith("Cannot find out how the kernel was built: ");
    expect(await run(["probe", "all"])).toEqual({
      code: 2,
      out: "",
      err: 'Cannot probe "all": expected config, or nothing\n',
    });
  });
});
