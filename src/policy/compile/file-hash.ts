/**
 * @module `imaHash` of `Post`: the digest of a file, which the kernel's integrity measurement makes or knows. A program has to be able to
 * wait for it, and such a program cannot use the memory that the others share. So the one at the hook keeps its record, and its decision;
 * a second one, which runs after it, has the file hashed, sends the record, and decides.
 */
import type { ProgramBuilder, RecordWriter } from "../../kernel/program/index.ts";
import type { Fields, FieldType } from "../../kernel/record/index.ts";
import { TetradError } from "../../os/error.ts";
import { type HashedArgument, hashedArgument } from "../file-hash.ts";
import type { Action } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";
import { decisionSlot, type OverrideWay } from "./override.ts";
import { FIELD } from "./record-field.ts";

/** `IMA_MAX_DIGEST_SIZE` of the kernel, in words. */
export const DIGEST_WORDS = 8;
export const DIGEST_SIZE = DIGEST_WORDS * 8;
/** What is done where a selector holds. */
interface Acting {
  readonly actions: readonly Action[];
}

/** Of a plan. */
interface Deciding {
  readonly hash: HashedArgument | undefined;
  readonly override: OverrideWay | undefined;
}

/** `enum hash_algo` of `<linux/hash_info.h>`, and bytes of a digest. */
const ALGORITHMS: readonly (readonly [name: string, size: number] | undefined)[] = [
  ["md4", 16],
  ["md5", 16],
  ["sha1", 20],
  ["rmd160", 20],
  ["sha256", 32],
  ["sha384", 48],
  ["sha512", 64],
  ["sha224", 28],
];

/** Fields of a record that will have a digest: -1 for the algorithm of none. */
export const HASH_FIELDS: Readonly<Record<string, FieldType>> = {
  [FIELD.decision]: "u32",
  [FIELD.algorithm]: "u32",
  ...Object.fromEntries(
    Array.from({ length: DIGEST_WORDS }, (_, word) => [FIELD.digest(word), "u64"] as const),
  ),
};

/** Whether a selector posts a digest. */
export function postsHash({ actions }: Acting): boolean {
  return actions.some((action) => action.action === "Post" && action.hasImaHash);
}

/**
 * Which argument of a place is hashed; `undefined` where no selector asks for it.
 * @throws TetradError `unsupported` where there is none.
 */
export function planHash(
  { program, name }: AttachPoint,
  selectors: readonly Acting[],
): HashedArgument | undefined {
  if (!selectors.some(postsHash)) return undefined;
  const found = program === "lsm" ? hashedArgument(name) : undefined;
  if (found !== undefined) return found;
  throw new TetradError(
    "unsupported",
    `Cannot hash a file at "${name}": the kernel lets no program wait there`,
  );
}

/** Fills the fields of a record that waits: what the program at the hook has decided. */
export function recordDecision(
  b: ProgramBuilder,
  record: Pick<RecordWriter<Fields, Record<string, number>>, "constant" | "register">,
  { hash, override }: Deciding,
): void {
  if (hash === undefined) return;
  for (const name of Object.keys(HASH_FIELDS)) if (name !== FIELD.decision) record.constant(name, 0);
  if (override === "decision") {
    b.loadSlot("r1", decisionSlot(b));
    record.register(FIELD.decision, "r1");
  } else record.constant(FIELD.decision, 0);
}

/** The record waits, if `r0` is 0: then the second program is to decide. */
export function leaveDecision(b: ProgramBuilder, { override }: Pick<Deciding, "override">): void {
  if (override !== "decision") return;
  const { asm } = b;
  const failed = asm.freshLabel("not_kept");
  asm.jumpIf("r0", "!=", 0, failed).store(8, "r10", decisionSlot(b).slot, 0).label(failed);
}

/** `sha256:HEX`; `undefined` where the kernel has none. */
export function hashText(view: Readonly<Record<string, unknown>>): string | undefined {
  const algorithm = ALGORITHMS[view[FIELD.algorithm] as number];
  if (algorithm === undefined) return undefined;
  const [name, size] = algorithm;
  const bytes = new DataView(new ArrayBuffer(DIGEST_SIZE));
  for (let word = 0; word < DIGEST_WORDS; word++)
    bytes.setBigUint64(word * 8, view[FIELD.digest(word)] as bigint, true);
  const digest = new Uint8Array(bytes.buffer, 0, size);
  return digest.every((byte) => byte === 0) ? undefined : `${name}:${digest.toHex()}`;
}
