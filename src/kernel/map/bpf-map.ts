/** @module A map, which owns its descriptor. */
import {
  BPF_MAP_TYPE,
  btfLoad,
  isErrno,
  type MapAttributes,
  mapCreate,
  mapDelete,
  mapLookup,
  mapNextKey,
  mapUpdate,
  UPDATE,
  type UpdateFlag,
} from "../../os/bpf/index.ts";
import { Descriptor } from "../../os/descriptor.ts";
import { TetradError } from "../../os/error.ts";
import { raiseLockedMemoryLimit } from "../../os/resource-limit.ts";
import { SystemCallError } from "../../os/system-call.ts";
import { BtfWriter } from "../btf/index.ts";
import { possibleCpuCount } from "./cpu.ts";
import { impliedFlags, isLocalStorage, isPerCpu, type MapDefinition } from "./definition.ts";

/** A key or value: bytes, or a number in as many bytes as the map has for it (1, 2, 4 or 8). */
export type MapData = Uint8Array | number | bigint;

/**
 * A map. It goes when it is disposed of and no program refers to it any more; the kernel sees to that even when the
 * process dies, in whatever way.
 */
export class BpfMap implements Disposable {
  readonly definition: MapDefinition;
  readonly #descriptor: Descriptor;
  /** Bytes that a look-up writes. */
  readonly #valueBytes: number;

  private constructor(definition: MapDefinition, fd: number) {
    this.definition = definition;
    this.#descriptor = new Descriptor(fd);
    const { type, valueSize } = definition;
    this.#valueBytes = isPerCpu(type) ? Math.ceil(valueSize / 8) * 8 * possibleCpuCount() : valueSize;
  }

  /**
   * Creates a map. Where the kernel refuses, tries once more with a higher limit of locked memory.
   * @throws TetradError `unsupported`; `cause` is the `SystemCallError`.
   */
  static create(definition: MapDefinition): BpfMap {
    try {
      return new BpfMap(definition, createAny(definition));
    } catch (cause) {
      const errno = cause instanceof SystemCallError ? cause.errnoName : String(cause);
      throw new TetradError(
        "unsupported",
        `Cannot create map "${definition.name}": ${errno}${advice(errno, definition)}`,
        { cause },
      );
    }
  }

  /** The descriptor, which stays the map's. @throws RangeError when it is closed. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** Whether it was disposed of. */
  get isClosed(): boolean {
    return this.#descriptor.isClosed;
  }

  /**
   * The value under `key`, or `undefined`. Of a per-CPU map it is all CPUs' values, one after the other, each at a
   * multiple of 8.
   * @throws SystemCallError
   */
  lookup(key: MapData): Uint8Array | undefined {
    const value = new Uint8Array(this.#valueBytes);
    return mapLookup(this.fd, this.#key(key), value) ? value : undefined;
  }

  /**
   * Puts a value under `key`.
   * @param value Of a map of maps a map's descriptor, of a program array a program's.
   * @throws SystemCallError `E2BIG` when there is no room; RangeError when key or value have another size than the map's.
   */
  update(key: MapData, value: MapData, flag: UpdateFlag = UPDATE.ANY): void {
    mapUpdate(this.fd, this.#key(key), encode(value, this.#valueBytes, this.#what("value")), flag);
  }

  /** Removes what is under `key`. @returns Whether there was something. @throws SystemCallError */
  delete(key: MapData): boolean {
    return mapDelete(this.fd, this.#key(key));
  }

  /**
   * All keys. One that is removed meanwhile may make it begin again: no more than the map has entries are given.
   * @throws SystemCallError
   */
  *keys(): Generator<Uint8Array<ArrayBuffer>> {
    let key: Uint8Array<ArrayBuffer> | undefined;
    for (let count = 0; count < this.definition.maxEntries; count++) {
      const next = new Uint8Array(this.definition.keySize);
      if (!mapNextKey(this.fd, key, next)) return;
      yield next;
      key = next;
    }
  }

  /**
   * Sum, over all CPUs, of the `u64` that the first value of a per-CPU array begins with.
   * @throws RangeError when the map is no such array.
   */
  sumPerCpu(): number {
    const { name, type, valueSize } = this.definition;
    if (type !== BPF_MAP_TYPE.PERCPU_ARRAY || valueSize < 8)
      throw new RangeError(
        `Cannot sum map "${name}": it is no per-CPU array of values that begin with a u64`,
      );
    const words = new BigUint64Array(this.#valueBytes / 8);
    mapLookup(this.fd, new Uint8Array(4), new Uint8Array(words.buffer));
    let sum = 0n;
    for (let i = 0; i < words.length; i += Math.ceil(valueSize / 8)) sum += words[i]!;
    return Number(sum);
  }

  /** Closes the descriptor. Idempotent. */
  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }

  #key(key: MapData): Uint8Array {
    return encode(key, this.definition.keySize, this.#what("key"));
  }

  #what(part: "key" | "value"): string {
    return `${part} of map "${this.definition.name}"`;
  }
}

/** What it takes to get a map that the kernel refused. */
function advice(errno: string, { type }: MapDefinition): string {
  if (errno === "EPERM")
    return ", needs CAP_BPF (before Linux 5.11 also a higher limit of locked memory: ulimit -l)";
  if (errno === "EINVAL" && type === BPF_MAP_TYPE.RINGBUF)
    return ", needs Linux 5.8, and of a ring buffer a size that is a power of two and a multiple of the page size";
  return "";
}

/** @throws RangeError when it does not have that size. */
function encode(data: MapData, size: number, what: string): Uint8Array {
  if (data instanceof Uint8Array) {
    if (data.length !== size)
      throw new RangeError(`Cannot use ${data.length} bytes as ${what}: it has ${size}`);
    return data;
  }
  if (size > 8) throw new RangeError(`Cannot use a number as ${what}: it has ${size} bytes`);
  const bytes = new BigUint64Array([BigInt.asUintN(64, BigInt(data))]);
  return new Uint8Array(bytes.buffer, 0, size);
}

function createAny(definition: MapDefinition): number {
  const { type, inner, flags = 0 } = definition;
  const attributes = { ...definition, flags: flags | impliedFlags(type) };
  if (inner !== undefined) {
    // The kernel looks at it and keeps what it saw, not the map.
    using template = BpfMap.create(inner);
    return create({ ...attributes, innerMapFd: template.fd });
  }
  if (!isLocalStorage(type)) return create(attributes);
  const { bytes, keyTypeId, valueTypeId } = storageTypes(definition.valueSize);
  using btf = new Descriptor(btfLoad(bytes));
  return create({ ...attributes, btf: { fd: btf.fd, keyTypeId, valueTypeId } });
}

/** Before Linux 5.11 `EPERM` says also that the limit of locked memory is too low. */
function create(attributes: MapAttributes): number {
  try {
    return mapCreate(attributes);
  } catch (error) {
    if (!isErrno(error, "EPERM") || !raiseLockedMemoryLimit()) throw error;
    return mapCreate(attributes);
  }
}

/** Types of a local storage's key, which is an `int`, and of a value of that many bytes. */
function storageTypes(valueSize: number): { bytes: Uint8Array; keyTypeId: number; valueTypeId: number } {
  const types = new BtfWriter();
  const keyTypeId = types.int("int", 4);
  const byte = types.int("unsigned char", 1);
  const member = { name: "bytes", type: types.array(byte, valueSize, keyTypeId), bitOffset: 0 };
  const valueTypeId = types.struct("value", valueSize, [member]);
  return { bytes: types.build(), keyTypeId, valueTypeId };
}
