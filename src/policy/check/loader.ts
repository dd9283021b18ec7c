/** @module `loader: true` against a kernel: whether it knows the build ids of mapped files. */
import { BTF_KIND } from "../../kernel/btf/index.ts";
import type { HookFindings } from "./findings.ts";
import type { Kernel } from "./kernel.ts";

/** Says what the kernel lacks. */
export function checkLoader(kernel: Kernel, findings: HookFindings): void {
  const { btf } = kernel;
  const mapping = btf.find(BTF_KIND.STRUCT, "perf_mmap_event");
  if (mapping !== undefined && btf.member(mapping, "build_id_size") !== undefined) return;
  findings.hook(
    "error",
    { found: "loader: true", expected: "a kernel that knows build ids of mapped files: Linux 5.12 or newer" },
    "unsupported",
  );
}
