/** Policies that come with the agent, moved to hooks of the security modules, by the types of a kernel that has them. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { VMLINUX_BTF } from "../../../src/kernel/btf/index.ts";
import { BUILTIN_NAMES, loadedForm, readBuiltin, withLsmHooks } from "../../../src/policy/builtin/index.ts";
import { checkPolicies, openKernel } from "../../../src/policy/check/index.ts";
import { lsmFunction } from "../../../src/policy/lsm-function.ts";

const kernel = existsSync(VMLINUX_BTF) ? openKernel("", "x64") : undefined;
const hasHooks = kernel?.function(lsmFunction("file_permission"))?.type !== undefined;

describe.skipIf(kernel === undefined || !hasHooks)(
  "a ready-made policy at hooks of the security modules",
  () => {
    test("says the same there", () => {
      for (const name of BUILTIN_NAMES) {
        const { policies } = checkPolicies(readBuiltin(name)!, { file: name, kernel: kernel! });
        for (const policy of policies) {
          const moved = withLsmHooks(policy, kernel!);
          const said = ({ hooks }: typeof policy) =>
            hooks.map(({ message, tags, selectors, args }) => [
              message,
              tags,
              selectors,
              args.map(({ type }) => type),
            ]);
          expect(said(moved)).toEqual(said(policy));
          for (const { section, target } of moved.hooks)
            expect(section === "lsmhooks").toBe(target.kind === "lsm");
        }
      }
    });

    test("reads what was asked for where the hook is given more than the function", () => {
      const spec =
        "kprobes: [{call: security_mmap_file, syscall: false, args: [{index: 1, type: uint32}, {index: 2, type: uint32}]}]";
      const text = `apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: test}\nspec:\n  ${spec}\n`;
      const { policies } = checkPolicies(text, { file: "p.yaml", kernel: kernel! });
      const [hook] = policies.map((policy) => withLsmHooks(policy, kernel!)).flatMap(({ hooks }) => hooks);
      expect(hook?.target).toEqual({ kind: "lsm", name: "mmap_file" });
      expect(hook?.args.map(({ source }) => source)).toEqual([
        { kind: "argument", index: 1 },
        { kind: "argument", index: 3 },
      ]);
    });

    const withHashes = (name: string, lsm: "yes" | "no" | "inconclusive" = "yes") => {
      const text = readBuiltin(`${name}+hashes`)!;
      const read = checkPolicies(text, { file: name, kernel: kernel! });
      return loadedForm(read, { file: name, kernel: kernel!, lsm, hashes: true });
    };

    test.each([
      ["unusual-processes", "bprm_check_security"],
      ["file-access", "mmap_file"],
    ])("%s posts digests at %s where they are asked for", (name, hooked) => {
      const { policies, findings } = withHashes(name);
      expect(findings).toEqual([]);
      const hooks = policies.flatMap((policy) => policy.hooks);
      const posts = (isHooked: boolean) =>
        hooks
          .filter(({ target }) => (target.kind === "lsm" && target.name === hooked) === isHooked)
          .flatMap(({ selectors }) => selectors.flatMap(({ actions }) => actions))
          .flatMap((action) => (action.action === "Post" ? action.hasImaHash : []));
      expect(posts(true).length).toBeGreaterThan(0);
      expect(posts(true)).not.toContain(false);
      expect(posts(false)).not.toContain(true);
    });

    test("is refused digests where it has no file, and where the kernel has or shows no such hooks", () => {
      const refusal = (...args: Parameters<typeof withHashes>) => {
        const { policies, findings } = withHashes(...args);
        expect(policies).toEqual([]);
        return findings.map(({ severity, kind, cure }) => [severity, kind, cure]);
      };
      expect(refusal("network")).toEqual([["error", "mistake", expect.stringContaining("leave it out")]]);
      expect(refusal("unusual-processes", "no")).toEqual([
        ["error", "unsupported", "start it with lsm=...,bpf, or leave it out"],
      ]);
      expect(refusal("unusual-processes", "inconclusive")).toEqual([
        ["error", "unsupported", expect.stringContaining("tetrad doctor says why")],
      ]);
    });
  },
);
