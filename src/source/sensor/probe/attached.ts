/** @module The probes that are attached: they come and go while the sensor runs. */
import type { Link } from "../../../kernel/attach/index.ts";
import { KernelTypes, readKernelBtf, type TypeSource, VMLINUX_BTF } from "../../../kernel/btf/index.ts";
import { KernelObject } from "../../../kernel/loader/index.ts";
import { createRecordView } from "../../../kernel/record/index.ts";
import type { RingBuffer } from "../../../kernel/ringbuf/index.ts";
import { capabilitySet, readProcessPrivileges } from "../../../os/capability.ts";
import { TetradError } from "../../../os/error.ts";
import type { EarlyRecord } from "../procfs/startup.ts";
import type { Probe } from "./declaration.ts";
import { readEarlyRecords } from "./early.ts";
import { kindOf, PROBES } from "./list.ts";
import type { DecoderContext, ProbeImplementation, RecordDecoder } from "./probe.ts";
import type { Scope } from "./shared/scope.ts";

/** A probe, and what it does. */
export interface LoadedProbe {
  readonly probe: Probe;
  readonly implementation: ProbeImplementation;
}

/** Loads what probes do. */
export function loadProbes(probes: readonly Probe[]): Promise<LoadedProbe[]> {
  return Promise.all(probes.map(async (probe) => ({ probe, implementation: await probe.load() })));
}

/** Bytes of the longest record of probes. */
export function longestRecord(probes: readonly LoadedProbe[]): number {
  return Math.max(...probes.map(({ implementation }) => implementation.record.maxSize));
}

/** What probes are attached with. */
export interface AttachedProbesSettings {
  /** Holds the maps that all probes share, and outlives them. */
  readonly shared: KernelObject;
  /** The ring buffer's memory, which records are read in. */
  readonly memory: ArrayBuffer;
  /** Bytes of the longest record that the ring shows whole. */
  readonly longestRecord: number;
  readonly procfs: string;
  readonly context: DecoderContext;
  /** Takes sentences about what is not seen. */
  readonly warn: (message: string) => void;
}

/** What a probe holds in the kernel: its maps and programs, and what these are attached by. */
class Attachment implements Disposable {
  readonly probe: Probe;
  readonly implementation: ProbeImplementation;
  readonly #object: KernelObject;
  readonly #links = new DisposableStack();
  #attach: readonly (() => Link)[] = [];

  constructor({ probe, implementation }: LoadedProbe, shared: KernelObject) {
    this.probe = probe;
    this.implementation = implementation;
    this.#object = new KernelObject((name) => shared.map(name));
  }

  /** Creates the probe's maps and has the kernel check its programs. @throws TetradError `unsupported` */
  load(types: TypeSource, scope: Scope | undefined, { procfs, context }: AttachedProbesSettings): void {
    const { settings } = context;
    const programContext = { types, scope, kind: kindOf(this.probe), settings, procfs };
    this.#object.createMaps(this.implementation.maps?.(programContext) ?? []);
    const programs = this.implementation.programs(programContext);
    this.#attach = programs.map((program) => program.load(this.#object));
  }

  /** From now on the probe records. @throws TetradError `unsupported` */
  attach(): void {
    for (const attach of this.#attach) this.#links.use(attach());
  }

  /** Runs of its programs that the kernel left out. @throws Error when the agent may not look. */
  get misses(): number {
    return this.#object.recursionMisses;
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    using _ = this.#object;
    this.#links.dispose();
  }
}

/** A probe that records, or did a moment ago. */
interface Recording extends Disposable {
  readonly attachment: Attachment;
  readonly decoder: RecordDecoder<never>;
  readonly handle: HandleRecord;
}

type HandleRecord = (offset: number) => void;

/** Records of a probe that is gone. */
const ignore: HandleRecord = () => {};

/** Attaches probes, decodes their records, and detaches them. */
export class AttachedProbes implements Disposable {
  readonly #settings: AttachedProbesSettings;
  readonly #recording = new Map<string, Recording>();
  /** Detached ones whose last records may still lie in the ring. */
  readonly #leaving: Recording[] = [];
  /** By kind of record. */
  readonly #handlers: HandleRecord[] = [ignore, ...PROBES.map(() => ignore)];
  readonly #kinds: Uint32Array;
  /** Of those that were detached. */
  #misses = 0;

  constructor(settings: AttachedProbesSettings) {
    this.#settings = settings;
    this.#kinds = new Uint32Array(settings.memory);
  }

  /** Names of those that are attached. */
  get names(): string[] {
    return [...this.#recording.keys()];
  }

  /**
   * Has the kernel check the programs of all probes, then attaches them, the last probe first: what takes time comes
   * before, so that the first one has hardly seen anything when the last one begins. Those that are attached already
   * stay as they are. Takes the rights to load programs.
   * @param scope Which processes they watch; all when `undefined`.
   * @throws TetradError `unsupported` when one cannot be attached that must be; RangeError when its records are longer
   * than those that the ring was made for. Then none of these is attached.
   */
  attach(scope: Scope | undefined, probes: readonly LoadedProbe[]): void {
    const absent = probes.filter(({ probe }) => !this.#recording.has(probe.name)).toReversed();
    if (absent.length === 0) return;
    if (longestRecord(absent) > this.#settings.longestRecord)
      throw new RangeError("Cannot attach a probe: its records are too long for the ring");
    const { btf } = this.#settings.context.settings;
    const types = new KernelTypes(readKernelBtf(btf || VMLINUX_BTF));
    using stack = new DisposableStack();
    const loaded = absent
      .map((loaded) => stack.use(new Attachment(loaded, this.#settings.shared)))
      .filter((attachment) =>
        this.#succeeds(attachment, () => attachment.load(types, scope, this.#settings)),
      );
    const attached = loaded.filter((attachment) => this.#succeeds(attachment, () => attachment.attach()));
    // All of them are made before the first one is listed: what throws leaves none.
    const recordings = attached.map((attachment) => stack.use(this.#record(attachment)));
    stack.move();
    for (const recording of recordings) this.#list(recording);
  }

  /**
   * Detaches probes and gives back what they held in the kernel. What they have recorded up to now is still decoded,
   * up to {@link settle}.
   */
  detach(...probes: readonly Probe[]): void {
    for (const { name } of probes) {
      const recording = this.#recording.get(name);
      if (recording === undefined) continue;
      const { attachment } = recording;
      this.#misses += lastMisses(attachment);
      attachment[Symbol.dispose]();
      this.#recording.delete(name);
      this.#leaving.push(recording);
    }
  }

  /** To be called when all records have been read: forgets probes that were detached. */
  settle(): void {
    if (this.#leaving.length === 0) return;
    for (const recording of this.#leaving.splice(0)) {
      recording[Symbol.dispose]();
      const { probe } = recording.attachment;
      if (!this.#recording.has(probe.name)) this.#handlers[kindOf(probe)] = ignore;
    }
  }

  /** Has somebody else take the records of a kind that no probe has. */
  setHandler(kind: number, handle: HandleRecord): void {
    this.#handlers[kind] = handle;
  }

  /** Decodes the record at `offset` of the ring's memory. */
  handle(offset: number): void {
    this.#handlers[this.#kinds[offset >>> 2]!]?.(offset);
  }

  /** What waits in the ring buffer of the life of processes; it stays there. */
  readEarly(ring: RingBuffer): EarlyRecord[] {
    return readEarlyRecords(
      ring,
      [...this.#recording.values()].map(({ attachment }) => attachment),
    );
  }

  /** What decoders know of the host has changed. */
  refresh(): void {
    for (const { decoder } of this.#recording.values()) decoder.refresh?.();
  }

  /** Runs of programs that the kernel left out. @throws Error when the agent may not look any more. */
  get misses(): number {
    let sum = this.#misses;
    for (const { attachment } of this.#recording.values()) sum += attachment.misses;
    return sum;
  }

  /** Detaches all of them. */
  [Symbol.dispose](): void {
    this.detach(...[...this.#recording.values()].map(({ attachment }) => attachment.probe));
    this.settle();
  }

  /**
   * Whether `action` succeeds for a probe. Where it does not, what the probe holds is given back.
   * @throws What `action` does, when the sensor cannot go on without the probe.
   */
  #succeeds(attachment: Attachment, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      attachment[Symbol.dispose]();
      const { withoutIt, capabilities } = attachment.probe;
      if (withoutIt === undefined || !(error instanceof TetradError)) throw error;
      const names = capabilities.map(({ name }) => name);
      const needed = capabilitySet(names);
      const isLacking = (readProcessPrivileges().effective & needed) !== needed;
      const rights = isLacking ? `, which takes ${names.join(" and ")}` : "";
      this.#settings.warn(`Sensor sees no ${withoutIt}${rights}: ${error.message}`);
      return false;
    }
  }

  #record(attachment: Attachment): Recording {
    const { implementation } = attachment;
    const view = createRecordView(implementation.record, this.#settings.memory);
    const decoder: RecordDecoder<never> = implementation.decoder(this.#settings.context);
    return {
      attachment,
      decoder,
      handle: (offset) => decoder.decode(view.at(offset) as never),
      [Symbol.dispose]: () => decoder.close?.(),
    };
  }

  #list(recording: Recording): void {
    const { probe } = recording.attachment;
    this.#recording.set(probe.name, recording);
    this.#handlers[kindOf(probe)] = recording.handle;
  }
}

function lastMisses(attachment: Attachment): number {
  try {
    return attachment.misses;
  } catch {
    // An agent that gave its rights away may not look any more.
    return 0;
  }
}
