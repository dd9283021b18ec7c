/** @module Loads maps and programs, attaches them, and lets go of all of it again. */
import { closeSync, openSync, readFileSync } from "node:fs";
import {
  BPF_ATTACH_TYPE,
  BPF_MAP_TYPE,
  BPF_PROG_TYPE,
  linkCreate,
  type MapAttributes,
  mapCreate,
  mapLookup,
  type ProgramAttributes,
  programLoad,
  rawTracepointOpen,
} from "../../os/bpf.ts";
import { TetradError } from "../../os/error.ts";
import { raiseLockedMemoryLimit } from "../../os/resource-limit.ts";
import { SystemCallError } from "../../os/system-call.ts";
import { type Assembly, INSTRUCTION_SIZE } from "../asm/index.ts";
import type { ConnectProgram, TracingProgram } from "../program/index.ts";
import { type LoadableProgram, loadFailure } from "./verifier.ts";

/** A map that programs refer to by its name. */
export type MapDefinition = MapAttributes;

const CONNECT_ATTACH_TYPE = {
  4: BPF_ATTACH_TYPE.CGROUP_INET4_CONNECT,
  6: BPF_ATTACH_TYPE.CGROUP_INET6_CONNECT,
} as const;

/** Of a program's `/proc/self/fdinfo` file. */
const RECURSION_MISSES = /^recursion_misses:\s*(\d+)$/m;

/** Bytes that the verifier may write when it refuses a program. */
const VERIFIER_LOG_SIZE = 1 << 24;

/**
 * Maps, programs and links of one piece of work, which live and end together. The kernel counts references
 * by file descriptor, so that all of it also goes when the process dies, in whatever way.
 */
export class KernelObject implements Disposable {
  readonly #maps = new Map<string, { readonly fd: number; readonly definition: MapDefinition }>();
  readonly #programs: number[] = [];
  readonly #links: number[] = [];

  /**
   * Creates maps. Where the kernel says no, once more with a higher limit of locked memory.
   * @throws TetradError `unsupported`; RangeError when there is a map of that name.
   */
  createMaps(definitions: readonly MapDefinition[]): void {
    for (const definition of definitions) {
      if (this.#maps.has(definition.name)) {
        throw new RangeError(`Cannot create map "${definition.name}": there is one of that name`);
      }
      try {
        this.#maps.set(definition.name, { fd: createMap(definition), definition });
      } catch (cause) {
        throw new TetradError(
          "unsupported",
          `Cannot create map "${definition.name}": ${describe(cause)}${mapAdvice(cause)}`,
          { cause },
        );
      }
    }
  }

  /** File descriptor of a map. */
  map(name: string): number {
    return this.#find(name).fd;
  }

  /**
   * Sum, over all CPUs, of the `u64` that the first value of a per-CPU array begins with.
   * @throws RangeError when the map is no such array.
   */
  sumPerCpu(map: string): number {
    const { fd, definition } = this.#find(map);
    if (definition.type !== BPF_MAP_TYPE.PERCPU_ARRAY || definition.valueSize < 8)
      throw new RangeError(`Cannot sum map "${map}": it is no per-CPU array of values that begin with a u64`);
    const wordsPerCpu = Math.ceil(definition.valueSize / 8);
    const words = new BigUint64Array(possibleCpuCount() * wordsPerCpu);
    mapLookup(fd, new Uint8Array(4), new Uint8Array(words.buffer));
    let sum = 0n;
    for (let i = 0; i < words.length; i += wordsPerCpu) sum += words[i]!;
    return Number(sum);
  }

  #find(name: string): { readonly fd: number; readonly definition: MapDefinition } {
    const map = this.#maps.get(name);
    if (map === undefined) throw new RangeError(`Cannot find map "${name}": it was not created`);
    return map;
  }

  /**
   * Has the verifier check programs, and then attaches them in this order: what takes time comes before, so that the
   * first one has hardly seen anything when the last one begins.
   * @throws TetradError `unsupported` when the verifier refuses a program
   * (the message names the instruction; `cause` is a `VerifierError` with the whole log), or a right is missing.
   */
  attach(...programs: readonly TracingProgram[]): void {
    const loaded = programs.map((program) => ({ ...program, fd: this.load(program) }));
    for (const { fd, name, tracepoint } of loaded) {
      try {
        this.#links.push(rawTracepointOpen(fd));
      } catch (cause) {
        throw new TetradError(
          "unsupported",
          `Cannot attach "${name}" to "${tracepoint}": ${describe(cause)}`,
          {
            cause,
          },
        );
      }
    }
  }

  /**
   * Has the verifier check a program, and attaches it to a cgroup and those below it.
   * @param directory Of the cgroup, in the v2 hierarchy.
   * @throws TetradError `unsupported`, as {@link attach}.
   */
  attachToCgroup(program: ConnectProgram, directory: string): void {
    const fd = this.loadConnect(program);
    let cgroup: number | undefined;
    try {
      cgroup = openSync(directory, "r");
      this.#links.push(linkCreate(fd, cgroup, CONNECT_ATTACH_TYPE[program.family]));
    } catch (cause) {
      throw new TetradError(
        "unsupported",
        `Cannot attach "${program.name}" to cgroup "${directory}": ${describe(cause)}`,
        { cause },
      );
    } finally {
      if (cgroup !== undefined) closeSync(cgroup);
    }
  }

  /** Loads a program without attaching it. @returns Its file descriptor, which this object owns. */
  load(program: TracingProgram): number {
    return this.#load(program, {
      type: BPF_PROG_TYPE.TRACING,
      expectedAttachType: BPF_ATTACH_TYPE.TRACE_RAW_TP,
      attachBtfId: program.tracepointId,
    });
  }

  /** Loads a program without attaching it. @returns Its file descriptor, which this object owns. */
  loadConnect(program: ConnectProgram): number {
    return this.#load(program, {
      type: BPF_PROG_TYPE.CGROUP_SOCK_ADDR,
      expectedAttachType: CONNECT_ATTACH_TYPE[program.family],
    });
  }

  #load(
    program: LoadableProgram,
    kind: Pick<ProgramAttributes, "type" | "expectedAttachType" | "attachBtfId">,
  ): number {
    const attributes = {
      ...kind,
      name: program.name,
      instructions: this.#relocate(program.assembly),
    };
    let fd: number;
    try {
      fd = programLoad(attributes);
    } catch (error) {
      if (isNotPermitted(error)) raiseLockedMemoryLimit();
      // Once more, for the log: it costs time and memory that a program which is accepted need not pay.
      const log = new Uint8Array(VERIFIER_LOG_SIZE);
      try {
        fd = programLoad(attributes, log);
      } catch (cause) {
        throw loadFailure(program, cause, log);
      }
    }
    this.#programs.push(fd);
    return fd;
  }

  /**
   * How often the kernel did not run one of these programs, because it was running on the same processor already: the
   * sum of their `recursion_misses`. Before Linux 6.1 a raw tracepoint's program is run all the same, and nothing is
   * missed. Source: `bpf_prog_show_fdinfo()` of `kernel/bpf/syscall.c`, `__bpf_trace_run()` of
   * `kernel/trace/bpf_trace.c`.
   */
  get recursionMisses(): number {
    return this.#programs.reduce((sum, fd) => {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
      return sum + Number(RECURSION_MISSES.exec(info)?.[1] ?? 0);
    }, 0);
  }

  /** Detaches and closes everything, also where closing something fails, which is thrown then. Idempotent. */
  [Symbol.dispose](): void {
    const descriptors = [
      ...this.#links.splice(0),
      ...this.#programs.splice(0),
      ...[...this.#maps.values()].map(({ fd }) => fd),
    ];
    this.#maps.clear();
    const failures: unknown[] = [];
    for (const fd of descriptors) {
      try {
        closeSync(fd);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** The code with the descriptors of this object's maps in it. */
  #relocate(assembly: Assembly): Uint8Array {
    const code = assembly.code.slice();
    const view = new DataView(code.buffer);
    for (const { instruction, map } of assembly.mapReferences) {
      view.setInt32(instruction * INSTRUCTION_SIZE + 4, this.map(map), true);
    }
    return code;
  }
}

/** CPUs that this machine may ever have: a per-CPU map has a value for each. `0-3,8` are five. */
function possibleCpuCount(): number {
  const ranges = readFileSync("/sys/devices/system/cpu/possible", "utf8").trim().split(",");
  return ranges.reduce((count, range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return count + last - first + 1;
  }, 0);
}

/** Before Linux 5.11 `EPERM` says also that the limit of locked memory is too low. */
function createMap(definition: MapDefinition): number {
  try {
    return mapCreate(definition);
  } catch (error) {
    if (!isNotPermitted(error) || !raiseLockedMemoryLimit()) throw error;
    return mapCreate(definition);
  }
}

function isNotPermitted(error: unknown): boolean {
  return error instanceof SystemCallError && error.errnoName === "EPERM";
}

/** How to get a map that the kernel refused. */
function mapAdvice(cause: unknown): string {
  switch (cause instanceof SystemCallError ? cause.errnoName : undefined) {
    case "EPERM":
      return ", needs CAP_BPF (before Linux 5.11 also a higher limit of locked memory: ulimit -l)";
    case "EINVAL":
      return ", needs Linux 5.8, and of a ring buffer a size that is a power of two and a multiple of the page size";
    default:
      return "";
  }
}

function describe(cause: unknown): string {
  return cause instanceof SystemCallError ? cause.errnoName : String(cause);
}
