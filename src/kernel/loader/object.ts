/** @module Maps, programs and links that belong together: programs find their maps by name, and all of it ends together. */
import { disposeAll } from "../../os/descriptor.ts";
import { readProcFile } from "../../os/proc-file.ts";
import type {
  AttachTarget,
  BtfProgramKind,
  Link,
  ProgramKind,
  ProgramSpec,
  TargetedKind,
} from "../attach/index.ts";
import { BpfMap, type MapDefinition } from "../map/index.ts";
import { type MapFinder, Program, type ProgramRuns } from "./program.ts";

/** Of the `/proc/self/fdinfo` file of a program or map. */
const LOCKED_MEMORY = /^memlock:\s*(\d+)$/m;

/**
 * Owns maps, programs and links. Each can also go alone, by being disposed of; new ones can come at any time, as far as
 * the process still has the rights. What comes and goes together has an object of its own, which may use the maps of
 * another.
 */
export class KernelObject implements Disposable {
  readonly #maps = new Map<string, BpfMap>();
  readonly #programs = new Set<Program>();
  readonly #links = new Set<Link>();
  readonly #shared: MapFinder | undefined;

  /** @param shared Finds maps that this object does not have. They are not its own. */
  constructor(shared?: MapFinder) {
    this.#shared = shared;
  }

  /**
   * Creates maps.
   * @throws TetradError `unsupported`; RangeError when there is a map of that name.
   */
  createMaps(definitions: readonly MapDefinition[]): void {
    for (const definition of definitions) {
      if (this.#open(definition.name) !== undefined) {
        throw new RangeError(`Cannot create map "${definition.name}": there is one of that name`);
      }
      this.#maps.set(definition.name, BpfMap.create(definition));
    }
  }

  /** The map of that name, which is this object's own. @throws RangeError when it was not created. */
  map(name: string): BpfMap {
    const map = this.#open(name);
    if (map === undefined) throw new RangeError(`Cannot find map "${name}": it was not created`);
    return map;
  }

  /**
   * Loads a program without attaching it.
   * @throws TetradError as {@link Program.load}.
   */
  load<K extends ProgramKind>(spec: ProgramSpec<K>): Program<K> {
    const program = Program.load(spec, (name) => this.#open(name) ?? this.#shared?.(name) ?? this.map(name));
    for (const other of this.#programs) if (other.isClosed) this.#programs.delete(other);
    this.#programs.add(program as unknown as Program);
    return program;
  }

  /**
   * Has the verifier check programs, and then attaches them in this order: what takes time comes before, so that the
   * first one has hardly seen anything when the last one begins.
   * @throws TetradError as {@link Program.load} and {@link Program.attach}.
   */
  attach(...specs: readonly ProgramSpec<BtfProgramKind>[]): Link[] {
    const programs = specs.map((spec) => this.load(spec));
    return programs.map((program) => this.#own(program.attach()));
  }

  /**
   * Loads a program and attaches it to a target.
   * @throws TetradError as {@link Program.load} and {@link Program.attach}.
   */
  attachTo<K extends TargetedKind>(spec: ProgramSpec<K>, target: AttachTarget<K>): Link {
    const program = this.load(spec);
    return this.#own((program.attach as (target: AttachTarget<K>) => Link).call(program, target));
  }

  /** How often the kernel did not run one of these programs: the sum of their {@link Program.recursionMisses}. */
  get recursionMisses(): number {
    let sum = 0;
    for (const program of this.#programs) if (!program.isClosed) sum += program.recursionMisses;
    return sum;
  }

  /** The runs of its programs, together: see {@link Program.runs}. */
  get runs(): ProgramRuns {
    let [count, nanoseconds] = [0, 0];
    for (const program of this.#programs) {
      if (program.isClosed) continue;
      const { runs } = program;
      count += runs.count;
      nanoseconds += runs.nanoseconds;
    }
    return { count, nanoseconds };
  }

  /** Bytes that the kernel keeps for these programs and maps. @throws Error when the process may not look. */
  get memory(): number {
    const owners = [...this.#programs, ...this.#maps.values()].filter(({ isClosed }) => !isClosed);
    return owners.reduce((sum, { fd }) => sum + lockedMemory(fd), 0);
  }

  /** Detaches and closes everything, even where closing something fails, which is thrown then. Idempotent. */
  [Symbol.dispose](): void {
    const all = [...this.#links, ...this.#programs, ...this.#maps.values()];
    this.#links.clear();
    this.#programs.clear();
    this.#maps.clear();
    disposeAll(all);
  }

  /** A map that did not go alone. */
  #open(name: string): BpfMap | undefined {
    const map = this.#maps.get(name);
    return map?.isClosed === true ? undefined : map;
  }

  #own(link: Link): Link {
    for (const other of this.#links) if (!other.isAttached) this.#links.delete(other);
    this.#links.add(link);
    return link;
  }
}

/** Source: `bpf_prog_show_fdinfo()` and `bpf_map_show_fdinfo()` of `kernel/bpf/syscall.c`. */
function lockedMemory(fd: number): number {
  return Number(LOCKED_MEMORY.exec(readProcFile(`/proc/self/fdinfo/${fd}`))?.[1] ?? 0);
}
