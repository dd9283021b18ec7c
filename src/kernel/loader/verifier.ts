/** @module Makes sense of the verifier's log. */
import { TetradError } from "../../os/error.ts";
import { SystemCallError } from "../../os/system-call.ts";
import { describeInstruction, noteAt } from "../asm/index.ts";
import type { ProgramSpec } from "../attach/index.ts";

/** A program that the verifier refused. */
export class VerifierError extends Error {
  override readonly name = "VerifierError";
  readonly #log: string;
  /** Index of the refused instruction, where the log names it. */
  readonly instruction: number | undefined;

  /** @param cause The system call's error. */
  constructor(message: string, log: string, instruction: number | undefined, cause: unknown) {
    super(message, { cause });
    this.#log = log;
    this.instruction = instruction;
  }

  /** The verifier's log, whole. It is long, so that an error which is printed does not show it by itself. */
  get log(): string {
    return this.#log;
  }
}

/** `57: (79) r3 = *(u64 *)(r1 +8)`: an instruction that the verifier looked at. */
const VISITED = /^(\d+): \([0-9a-f]{2}\)/;
/** What follows the reason: statistics. */
const STATISTICS = /^(?:processed \d+ insns|verification time|stack depth)/;

/** The last instruction that was looked at, and what was said about it. */
export function readVerifierLog(log: string): { instruction: number | undefined; reason: string } {
  let instruction: number | undefined;
  let reason: string[] = [];
  for (const line of log.split("\n")) {
    const visited = VISITED.exec(line);
    if (visited !== null) {
      instruction = Number(visited[1]);
      reason = [];
    } else if (line !== "" && !STATISTICS.test(line)) {
      reason.push(line);
    }
  }
  return { instruction, reason: reason.at(-1) ?? "" };
}

/** The error for a program that could not be loaded. */
export function loadFailure(program: ProgramSpec, cause: unknown, logBytes: Uint8Array): TetradError {
  const end = logBytes.indexOf(0);
  const log = new TextDecoder().decode(logBytes.subarray(0, end < 0 ? undefined : end));
  const { instruction, reason } = readVerifierLog(log);
  const errno = cause instanceof SystemCallError ? cause.errnoName : String(cause);
  // Without a reason in the log it was not the verifier that refused.
  if (reason === "" || instruction === undefined) {
    const detail = reason === "" ? errno : `${errno}, ${reason}`;
    return new TetradError("unsupported", `Cannot load program "${program.name}": ${detail}`, {
      cause: new VerifierError(detail, log, undefined, cause),
    });
  }
  const what = describeInstruction(program.assembly, instruction);
  const note = noteAt(program.assembly, instruction);
  const where = `instruction ${instruction}, ${what}${note === undefined ? "" : ` (${note})`}`;
  return new TetradError(
    "unsupported",
    `Cannot load program "${program.name}": the verifier refused ${where}: ${reason}`,
    { cause: new VerifierError(reason, log, instruction, cause) },
  );
}
