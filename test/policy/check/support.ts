import { Btf, BtfWriter } from "../../../src/kernel/btf/index.ts";
import { checkPolicies, Kernel } from "../../../src/policy/check/index.ts";
import { formatFinding } from "../../../src/policy/document/index.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { documentOf } from "../document/support.ts";

/** Types of a small kernel. */
export function sampleTypes(): Uint8Array {
  const b = new BtfWriter();
  const int = b.int("int", 4, true);
  const long = b.int("long unsigned int", 8);
  const char = b.int("char", 1);
  const name = b.array(char, 16);
  const uid = b.typedef("kuid_t", b.struct("", 4, [{ name: "val", type: int, bitOffset: 0 }]));
  const cred = b.struct("cred", 8, [{ name: "uid", type: uid, bitOffset: 0 }]);
  const inner = b.struct("", 16, [
    { name: "flags", type: int, bitOffset: 0, bits: 3 },
    { name: "owner", type: b.pointer(cred), bitOffset: 64 },
  ]);
  const task = b.struct("task_struct", 64, [
    { name: "pid", type: int, bitOffset: 0 },
    { name: "comm", type: name, bitOffset: 32 },
    { name: "", type: inner, bitOffset: 192 },
    { name: "sums", type: b.array(int, 4), bitOffset: 320 },
  ]);
  const file = b.struct("file", 8, [{ name: "f_mode", type: int, bitOffset: 0 }]);
  const path = b.struct("path", 16, [
    { name: "dentry", type: b.pointer(b.struct("dentry", 8, [])), bitOffset: 64 },
  ]);
  b.function("security_file_open", b.prototype([{ name: "file", type: b.pointer(file) }], int));
  const chown = [
    { name: "path", type: b.pointer(b.const(path)) },
    { name: "uid", type: uid },
    { name: "mask", type: long },
    { name: "name", type: b.pointer(b.const(char)) },
  ];
  b.function("security_path_chown", b.prototype(chown, int));
  b.function("wake_up_new_task", b.prototype([{ name: "p", type: b.pointer(task) }]));
  b.function(
    "__x64_sys_openat",
    b.prototype([{ name: "regs", type: b.pointer(b.struct("pt_regs", 8, [])) }], long),
  );
  b.function("__ia32_sys_openat", b.prototype([{ name: "regs", type: b.pointer(file) }], long));
  b.typedef(
    "btf_trace_sched_process_exec",
    b.pointer(
      b.prototype([
        { name: "__data", type: b.pointer(int) },
        { name: "p", type: b.pointer(task) },
        { name: "old_pid", type: int },
      ]),
    ),
  );
  return b.build();
}

/** A kernel with them, which does not run here. */
export function sampleKernel(): Kernel {
  return new Kernel({ btf: new Btf(sampleTypes()), isRunning: false, machine: "x64" });
}

/** What that kernel makes of a `spec`. */
export function checkSpec(spec: string): { policy: Policy | undefined; lines: string[] } {
  const { policies, findings } = checkPolicies(documentOf(spec), { file: "p.yaml", kernel: sampleKernel() });
  return { policy: policies[0], lines: findings.map(formatFinding) };
}
