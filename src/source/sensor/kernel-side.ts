/** @module What the sensor holds in the kernel: shared maps, ring buffer, and the probes that are attached. */

import { KernelObject } from "../../kernel/loader/index.ts";
import { RECORD_HEADER_SIZE, RingBuffer } from "../../kernel/ringbuf/index.ts";
import { Mapping, PAGE_SIZE, PROT } from "../../os/mapping.ts";
import type { SourceSettings } from "../source.ts";
import type { PinnedLinks, SensorPolicies } from "./policy/index.ts";
import { AttachedProbes, POLICY_RECORD, type Scope, SENSOR_MAPS, sensorMaps } from "./probe/index.ts";
import type { DecoderContext } from "./probe/probe.ts";

const DEFAULT_RING_SIZE = 1 << 22;
/** More than twice the longest record, and the largest page of any Linux. */
const SMALLEST_RING_SIZE = 1 << 16;

/** What {@link KernelSide} is made of. */
export interface KernelSideSettings {
  /** Bytes of the ring buffer: a power of two, a multiple of the page size. */
  readonly ringSize: number;
  /** Bytes of the longest record. */
  readonly longestRecord: number;
  readonly procfs: string;
  readonly context: DecoderContext;
  /** Takes sentences about what is not seen. */
  readonly warn: (message: string) => void;
  /** Has records read that wait. */
  readonly wake: () => void;
}

/** Holds it all, until disposed of. */
export class KernelSide implements Disposable {
  readonly ring: RingBuffer;
  readonly probes: AttachedProbes;
  readonly #object: KernelObject;
  readonly #scopeId: BigUint64Array;
  readonly #resources: DisposableStack;
  readonly #warn: (message: string) => void;
  readonly #context: DecoderContext;
  readonly #wake: () => void;
  #policies: SensorPolicies | undefined;
  /** How often the ring made no sense, which lost a record at least. */
  #damages = 0;

  /**
   * Creates maps and maps what is read or written later into memory: an agent that gave its rights away may not write to
   * maps any more.
   * @throws TetradError `unsupported`, and nothing is left behind.
   */
  constructor({ ringSize, ...settings }: KernelSideSettings) {
    using stack = new DisposableStack();
    this.#warn = settings.warn;
    this.#context = settings.context;
    this.#wake = settings.wake;
    this.#object = stack.use(new KernelObject());
    this.#object.createMaps(sensorMaps(ringSize, settings.longestRecord));
    this.ring = stack.use(
      new RingBuffer(
        this.#object.map(SENSOR_MAPS.ring).fd,
        ringSize,
        settings.longestRecord + RECORD_HEADER_SIZE,
      ),
    );
    const scopeMemory = stack.use(
      new Mapping(this.#object.map(SENSOR_MAPS.scope).fd, PAGE_SIZE, PROT.READ | PROT.WRITE, 0),
    );
    this.#scopeId = new BigUint64Array(scopeMemory.buffer, 0, 1);
    this.probes = stack.use(
      new AttachedProbes({ shared: this.#object, memory: this.ring.memory, ...settings }),
    );
    this.#resources = stack.move();
  }

  /** What calls {@link openPolicies} later. Whoever keeps it keeps nothing of what its maker had at hand. */
  policyOpener(scope: Scope | undefined): (pins?: PinnedLinks) => ReturnType<KernelSide["openPolicies"]> {
    return (pins) => this.openPolicies(scope, pins);
  }

  /** The policies that are loaded. What it takes to have any is made when they are first asked for. @throws TetradError `unsupported` */
  async openPolicies(scope: Scope | undefined, pins?: PinnedLinks): Promise<SensorPolicies> {
    const { SensorPolicies } = await import("./policy/index.ts");
    if (this.#policies !== undefined) return this.#policies;
    const { memory } = this.ring;
    const wake = this.#wake;
    const settings = { shared: this.#object, memory, context: this.#context, scope, pins, wake };
    const policies = this.#resources.use(new SensorPolicies(settings));
    this.probes.setHandler(POLICY_RECORD, (offset) => policies.handle(offset));
    this.#policies = policies;
    return policies;
  }

  /** To be called when all records have been read: forgets programs that were detached. */
  settle(): void {
    this.probes.settle();
    this.#policies?.settle();
  }

  /** Has the programs watch the cgroup with this id; 0 for none. */
  setScope(cgroupId: bigint): void {
    this.#scopeId[0] = cgroupId;
  }

  /** Goes on behind what makes no sense in the ring, which no kernel should ever write there. */
  skipDamage(): void {
    const { fault } = this.ring;
    if (fault === undefined) return;
    this.#damages++;
    this.#warn(
      `Sensor left out ${this.ring.skip()} bytes of the ring buffer: its ${fault.kind} at ${fault.position} made no sense`,
    );
  }

  /**
   * Records that found no room in the ring buffer, and those that were not made since a program was at work.
   * @throws Error when the agent may not read maps any more.
   */
  countLost(): number {
    const lost = this.#object.map(SENSOR_MAPS.lost).sumPerCpu();
    return lost + this.#damages + (this.#policies?.missed ?? 0);
  }

  [Symbol.dispose](): void {
    this.#resources[Symbol.dispose]();
  }
}

/**
 * Bytes of the ring buffer for a size that was asked for. The kernel takes a power of two that is a multiple of its page size. One that is too small is made larger,
 * aloud.
 */
export function ringSizeOf(wanted: number | undefined, log: SourceSettings["log"]): number {
  const size = wanted ?? DEFAULT_RING_SIZE;
  if (size < SMALLEST_RING_SIZE) {
    log.warn(`Sensor takes a ring buffer of ${SMALLEST_RING_SIZE} bytes: --rb-size ${size} is too small`);
    return SMALLEST_RING_SIZE;
  }
  return 2 ** Math.ceil(Math.log2(size));
}
