/** @module The program that has a file hashed, sends the record that waits for that, and decides: see `file-hash.ts`. */
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import type { FunctionSource, TypeSource } from "../../kernel/btf/index.ts";
import { FunctionProgramBuilder, outputToRing, type Scalar } from "../../kernel/program/index.ts";
import { TetradError } from "../../os/error.ts";
import type { HashedArgument } from "../file-hash.ts";
import { callKey } from "./call-key.ts";
import type { ProgramSettings } from "./entry-program.ts";
import { DIGEST_SIZE, DIGEST_WORDS } from "./file-hash.ts";
import type { Plan } from "./plan.ts";
import { FIELD } from "./record-field.ts";

/** Makes it. @throws TetradError `unsupported` when the kernel has no digests for programs. */
export function hashProgram(
  plan: Plan,
  { waiting, layout, maps }: ProgramSettings,
  types: TypeSource & FunctionSource,
  name: string,
): ProgramSpec<"lsm.s"> {
  const { point, hash } = plan;
  const b = new FunctionProgramBuilder(types, "lsm.s", point.name);
  const { asm } = b;
  const decision: Scalar = { slot: asm.slot("decision") };
  b.returnError(decision);
  const pidTgid: Scalar = { slot: asm.slot("pid and tgid") };
  asm.call("get_current_pid_tgid").store(8, "r10", pidTgid.slot, "r0");
  const key = callKey(b, plan, pidTgid, true);
  b.mapLookup(waiting, key);
  b.leaveIf("r0", "==", 0);
  const digest = emitHash(b, hash!, types);
  // The program may have waited: what it found then may be another call's by now.
  b.mapLookup(waiting, key);
  b.leaveIf("r0", "==", 0);
  using record = asm.hold("record", "r7");
  asm.set(record, "r0");
  const field = (name: string) => layout.fields[name]!.offset;
  asm.load(8, "r1", "r10", digest.algorithm).store(4, record, field(FIELD.algorithm), "r1");
  for (let word = 0; word < DIGEST_WORDS; word++)
    asm.load(8, "r1", "r10", digest.bytes + word * 8).store(8, record, field(FIELD.digest(word)), "r1");
  asm.load(4, "r1", record, field(FIELD.decision)).alu("r1", "<<=", 32).alu("r1", "s>>=", 32);
  asm.store(8, "r10", decision.slot, "r1");
  const bounded = asm.freshLabel("bounded");
  asm.load(4, "r3", record, field("length")).jumpIf("r3", "<=", layout.maxSize, bounded);
  asm.set("r3", layout.maxSize).label(bounded);
  outputToRing(b, maps, { record, size: "r3" });
  b.mapDelete(waiting, key);
  return b.build(name);
}

/** Has the file hashed. @returns Where on the stack the digest is, and its algorithm: negative where there is none. */
function emitHash(
  b: FunctionProgramBuilder<"lsm.s">,
  { index, isProgram }: HashedArgument,
  types: TypeSource & FunctionSource,
): { readonly bytes: number; readonly algorithm: number } {
  const { asm } = b;
  const helper = hashHelper(types);
  const [bytes, algorithm] = [asm.slot("digest", DIGEST_SIZE), asm.slot("algorithm")];
  const none = asm.freshLabel("no_file");
  for (let word = 0; word < DIGEST_WORDS; word++) asm.store(8, "r10", bytes + word * 8, 0);
  asm.store(8, "r10", algorithm, -1);
  const { base, offset } = b.argumentPlace(index);
  // As a pointer: the helper takes nothing else.
  asm.note(`argument ${index}`).load(8, "r1", base, offset);
  asm.jumpIf("r1", "==", 0, none);
  const follow = (struct: string, member: string): void => {
    asm.note(`${struct}.${member}`).load(8, "r1", "r1", types.member(struct, member).offset);
    asm.jumpIf("r1", "==", 0, none);
  };
  if (isProgram) follow("linux_binprm", "file");
  if (helper === "ima_inode_hash") follow("file", "f_inode");
  asm.set("r2", "r10").alu("r2", "+=", bytes).set("r3", DIGEST_SIZE).call(helper);
  asm.store(8, "r10", algorithm, "r0").label(none);
  return { bytes, algorithm };
}

/** The one that makes digests (6.1), or that which knows those that were made (5.11). */
function hashHelper(types: TypeSource): "ima_file_hash" | "ima_inode_hash" {
  const found = (["ima_file_hash", "ima_inode_hash"] as const).find(
    (helper) => types.enumerator("bpf_func_id", `BPF_FUNC_${helper}`) !== undefined,
  );
  if (found !== undefined) return found;
  throw new TetradError(
    "unsupported",
    "Cannot hash files: the kernel has no bpf_ima_inode_hash (Linux 5.11)",
  );
}
