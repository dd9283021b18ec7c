/** @module A loaded program, which owns its descriptor. */
import { isErrno, type ProgramAttributes, programLoad, programTestRun } from "../../os/bpf/index.ts";
import { errorCode, errorMessage } from "../../os/caught.ts";
import { Descriptor } from "../../os/descriptor.ts";
import { TetradError } from "../../os/error.ts";
import { forbiddingParanoia } from "../../os/perf-event-rights.ts";
import { readProcFile } from "../../os/proc-file.ts";
import { raiseLockedMemoryLimit } from "../../os/resource-limit.ts";
import { SystemCallError } from "../../os/system-call.ts";
import { type Assembly, INSTRUCTION_SIZE } from "../asm/index.ts";
import {
  type AttachTarget,
  attachProgram,
  describeTarget,
  type KindDescription,
  type Link,
  PROGRAM_KINDS,
  type ProgramKind,
  type ProgramSpec,
} from "../attach/index.ts";
import { loadFunctionTypes } from "./function-types.ts";
import { loadFailure } from "./verifier.ts";

/** Finds the maps that a program refers to. */
export type MapFinder = (name: string) => { readonly fd: number };

/** Of a program's `/proc/self/fdinfo` file. */
const RECURSION_MISSES = /^recursion_misses:\s*(\d+)$/m;
const RUN_TIME = /^run_time_ns:\s*(\d+)$/m;
const RUN_COUNT = /^run_cnt:\s*(\d+)$/m;

/** How often programs ran, and for how long. */
export interface ProgramRuns {
  readonly count: number;
  readonly nanoseconds: number;
}

/** Bytes of the verifier's log, at first and at most (`UINT_MAX >> 8` is what old kernels take). */
const FIRST_LOG_SIZE = 1 << 16;
const LAST_LOG_SIZE = 1 << 24;

/**
 * A program. It goes when it is disposed of and nothing is attached with it any more; the kernel sees to that even when
 * the process dies, in whatever way.
 */
export class Program<K extends ProgramKind = ProgramKind> implements Disposable {
  /** What it is, without its instructions, which the kernel has. */
  readonly spec: Omit<ProgramSpec<K>, "assembly">;
  readonly #descriptor: Descriptor;

  private constructor(spec: ProgramSpec<K>, fd: number) {
    const { assembly: _, ...kept } = spec;
    this.spec = kept;
    this.#descriptor = new Descriptor(fd);
  }

  /**
   * Has the verifier check a program, and loads it.
   * @param findMap Gives the maps that the program refers to, by name; they must be open for as long as this takes.
   * @throws TetradError `unsupported` when the verifier refuses it (the message names the instruction; `cause` is a
   * `VerifierError` with the whole log), or a right is missing.
   */
  static load<K extends ProgramKind>(spec: ProgramSpec<K>, findMap: MapFinder = noMaps): Program<K> {
    const { type, expectedAttachType, isSleepable }: KindDescription = PROGRAM_KINDS[spec.kind];
    const attributes = {
      type,
      expectedAttachType,
      isSleepable,
      name: spec.name,
      instructions: relocate(spec.assembly, findMap),
      attachBtfId: spec.target?.id,
      attachBtfFd: spec.target?.moduleFd,
    };
    if (spec.assembly.functions.length === 0) return new Program(spec, load(spec, attributes));
    using types = loadFunctionTypes(spec.assembly.functions);
    return new Program(spec, load(spec, { ...attributes, functions: { btfFd: types.fd, info: types.info } }));
  }

  /** The descriptor, which stays the program's. @throws RangeError when it is closed. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** Whether it was disposed of. */
  get isClosed(): boolean {
    return this.#descriptor.isClosed;
  }

  /**
   * Attaches the program: it runs from now on. One program may be attached to several targets.
   * @throws TetradError `unsupported`; `cause` is the system's error.
   */
  attach(...[target]: undefined extends AttachTarget<K> ? [] : [AttachTarget<K>]): Link {
    const { kind, name, target: own } = this.spec;
    const at = target as AttachTarget<K>;
    const where = own === undefined ? describeTarget(kind, at) : `"${own.name}"`;
    try {
      return attachProgram(kind, this.fd, { target: at, where });
    } catch (cause) {
      if (cause instanceof RangeError) throw cause;
      const errno =
        cause instanceof SystemCallError ? cause.errnoName : (errorCode(cause) ?? errorMessage(cause));
      const reason = `${errno}${errno === "EACCES" ? reasonOfEvents(kind) : ""}`;
      throw new TetradError("unsupported", `Cannot attach "${name}" to ${where}: ${reason}`, { cause });
    }
  }

  /**
   * Runs the program once, without attaching it: a `socket` or `cgroup_skb` program on a packet of the caller's own.
   * @param packet At least as long as an Ethernet header: 14 bytes.
   * @returns The program's result, its low 32 bits.
   * @throws SystemCallError
   */
  run(packet: Uint8Array): number {
    return programTestRun(this.fd, packet);
  }

  /**
   * How often the kernel did not run the program, because it was running on the same processor already. Before Linux 6.1
   * a raw tracepoint's program is run all the same, and nothing is missed. Source: `bpf_prog_show_fdinfo()` of
   * `kernel/bpf/syscall.c`, `__bpf_trace_run()` of `kernel/trace/bpf_trace.c`.
   */
  get recursionMisses(): number {
    const info = readProcFile(`/proc/self/fdinfo/${this.fd}`);
    return Number(RECURSION_MISSES.exec(info)?.[1] ?? 0);
  }

  /** Its runs, while `kernel.bpf_stats_enabled` is 1. */
  get runs(): ProgramRuns {
    const info = readProcFile(`/proc/self/fdinfo/${this.fd}`);
    return {
      count: Number(RUN_COUNT.exec(info)?.[1] ?? 0),
      nanoseconds: Number(RUN_TIME.exec(info)?.[1] ?? 0),
    };
  }

  /** Closes the descriptor; what is attached stays so. Idempotent. */
  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }
}

function noMaps(name: string): never {
  throw new RangeError(`Cannot find map "${name}": the program was loaded without maps`);
}

/** The code with the maps' descriptors in it. */
function relocate(assembly: Assembly, findMap: MapFinder): Uint8Array {
  const code = assembly.code.slice();
  const view = new DataView(code.buffer);
  for (const { instruction, map } of assembly.mapReferences) {
    view.setInt32(instruction * INSTRUCTION_SIZE + 4, findMap(map).fd, true);
  }
  return code;
}

/** A log costs time and memory, which a program that is accepted need not pay: only a refused one is loaded again, with a log. */
function load(spec: ProgramSpec, attributes: ProgramAttributes): number {
  try {
    return programLoad(attributes);
  } catch (error) {
    // Before Linux 5.11 `EPERM` says also that the limit of locked memory is too low.
    if (isErrno(error, "EPERM")) raiseLockedMemoryLimit();
  }
  for (let size = FIRST_LOG_SIZE; ; size *= 2) {
    const log = new Uint8Array(size);
    try {
      return programLoad(attributes, log);
    } catch (cause) {
      // The log did not fit.
      if (isErrno(cause, "ENOSPC") && size < LAST_LOG_SIZE) continue;
      throw loadFailure(spec, cause, log);
    }
  }
}

/** Why events are refused to who has `CAP_PERFMON`. */
function reasonOfEvents(kind: ProgramKind): string {
  const level = forbiddingParanoia();
  if (level === undefined || !["kprobe", "tracepoint", "uprobe"].includes(PROGRAM_KINDS[kind].attach))
    return "";
  return `, kernel.perf_event_paranoid is ${level}, which takes CAP_SYS_ADMIN, and should be 2 at most`;
}
