/**
 * @module Stack traces of events: addresses as functions. Those of the kernel by its list of symbols; those of a process by what it has
 * mapped and the symbols of these files, after the fact. Of a process that has ended there is nothing to see any more: then the build ids
 * that the kernel has put beside the addresses say which files they are in.
 */
import { SymbolTable } from "../../../kernel/symbol/index.ts";
import { Allowance } from "../../../lib/allowance.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { BUILD_ID_FRAME_SIZE } from "../../../policy/compile/index.ts";
import type { StackResult } from "../../../policy/registry/index.ts";
import { type Mapping, mappingsAt, readMappingsText } from "../procfs/mappings.ts";
import { LATER, type SymbolFile, SymbolFiles } from "./symbol-files.ts";

/** `BPF_STACK_BUILD_ID_VALID` of `<linux/bpf.h>`. */
const VALID = 1;
/** Of `struct bpf_stack_build_id`: `BPF_BUILD_ID_SIZE` bytes of the id behind the status, then the place in the file. */
const [BUILD_ID_AT, PLACE_AT] = [4, 24];

/** Bytes about what processes have mapped that are read at once at most, and in a second: most have 10 kB. */
const MAPPED = { burst: 16 << 20, perSecond: 16 << 20 };

/** `StackTraceEntry` of the API for each frame of which something is known. */
export interface StackTrace {
  readonly entries: readonly JsonObject[];
  readonly result: StackResult;
}

/** A stack of a process. */
export interface ProcessStack {
  readonly pid: number;
  /** What it ran, as events have it. */
  readonly binary: string;
  readonly addresses: BigUint64Array;
  /** The same frames as `struct bpf_stack_build_id`; empty where the kernel gave none. */
  readonly frames: Uint8Array;
}

/** What is known of a frame. */
interface Frame {
  readonly address: bigint;
  /** In the file, where its build id is known. */
  readonly named: { readonly buildId: string; readonly offset: number } | undefined;
}

/** Makes entries of addresses. */
export class StackTraces {
  readonly #procfs: string;
  readonly #exposesAddresses: boolean;
  readonly #kernel = new SymbolTable();
  readonly #mapped = new Allowance({ ...MAPPED, now: performance.now() });
  #files: SymbolFiles | undefined;

  /** @param procfs Where it is mounted. */
  constructor(procfs: string, { exposesAddresses = false } = {}) {
    this.#procfs = procfs;
    this.#exposesAddresses = exposesAddresses;
  }

  /** Reads what may take rights that the agent has only now. */
  prepare({ kernel, user }: { readonly kernel: boolean; readonly user: boolean }): void {
    if (kernel) this.#kernel.refresh();
    if (!user || this.#files !== undefined) return;
    this.#files = new SymbolFiles(this.#procfs);
    this.#files.learn();
  }

  ofKernel(addresses: BigUint64Array): StackTrace {
    const entries: JsonObject[] = [];
    let unknown = 0;
    for (const address of addresses) {
      const found = this.#kernel.find(address);
      if (found === undefined) unknown++;
      this.#add(entries, address, found?.offset, found?.name, found?.module);
    }
    return { entries, result: resultOf(addresses.length, unknown, 0) };
  }

  /** `offset` is that in the file. */
  ofProcess({ pid, binary, addresses, frames: bytes }: ProcessStack): StackTrace {
    const files = this.#files ?? new SymbolFiles(this.#procfs);
    this.#files = files;
    const entries: JsonObject[] = [];
    const frames = framesOf(addresses, bytes);
    const near = this.#mappingsNear(pid, addresses);
    const mappings = mappingsOf(frames, near ?? []);
    let [unknown, heldBack] = [0, near === undefined ? addresses.length : 0];
    for (const { address, named } of frames) {
      const mapping = mappingAt(mappings, address);
      const offset = mapping === undefined ? named?.offset : placeIn(mapping, address);
      const file =
        mapping === undefined
          ? named && files.ofBuildId(named.buildId, binary)
          : files.ofMapping(pid, mapping);
      const symbol = symbolIn(files, file, offset);
      if (symbol === undefined) unknown++;
      if (symbol === LATER) heldBack++;
      const module = mapping?.path ?? (file === LATER ? undefined : file?.path);
      this.#add(entries, address, offset, symbol === LATER ? undefined : symbol, module);
    }
    return { entries, result: resultOf(frames.length, unknown, heldBack) };
  }

  /** `undefined` where too much has been read just now. */
  #mappingsNear(pid: number, addresses: BigUint64Array): readonly Mapping[] | undefined {
    this.#mapped.refill(performance.now());
    if (this.#mapped.left < 0) return undefined;
    const text = readMappingsText(this.#procfs, pid);
    this.#mapped.take(text.length);
    return mappingsAt(text, addresses);
  }

  #add(
    entries: JsonObject[],
    address: bigint,
    offset: number | undefined,
    symbol: string | undefined,
    module: string | undefined,
  ): void {
    // An offset says nothing without what it is in.
    if (!this.#exposesAddresses && symbol === undefined && module === undefined) return;
    entries.push({
      ...(this.#exposesAddresses ? { address: String(address) } : {}),
      ...(offset === undefined || offset === 0 ? {} : { offset: String(offset) }),
      ...(symbol === undefined ? {} : { symbol }),
      ...(module === undefined ? {} : { module }),
    });
  }
}

function resultOf(frames: number, unknown: number, heldBack: number): StackResult {
  if (frames === 0) return "missing";
  if (heldBack > 0) return "held_back";
  return unknown > 0 ? "partial" : "whole";
}

function symbolIn(
  files: SymbolFiles,
  file: SymbolFile | undefined | typeof LATER,
  offset: number | undefined,
): string | undefined | typeof LATER {
  if (file === undefined || file === LATER || offset === undefined) return file === LATER ? LATER : undefined;
  const functions = files.functionsOf(file);
  return functions === LATER ? LATER : functions?.find(offset);
}

function framesOf(addresses: BigUint64Array, bytes: Uint8Array): Frame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [...addresses].map((address, index): Frame => {
    const at = index * BUILD_ID_FRAME_SIZE;
    if (at + BUILD_ID_FRAME_SIZE > bytes.length || view.getInt32(at, true) !== VALID)
      return { address, named: undefined };
    const buildId = Buffer.from(bytes.subarray(at + BUILD_ID_AT, at + PLACE_AT)).toString("hex");
    return { address, named: { buildId, offset: Number(view.getBigUint64(at + PLACE_AT, true)) } };
  });
}

/** Those of the process, unless another one has its number by now, or it runs another program: its code would lie elsewhere. */
function mappingsOf(frames: readonly Frame[], mappings: readonly Mapping[]): readonly Mapping[] {
  const isOfIt = frames.every(({ address, named }) => {
    if (named === undefined) return true;
    const mapping = mappingAt(mappings, address);
    return mapping !== undefined && placeIn(mapping, address) === named.offset;
  });
  return isOfIt ? mappings : [];
}

function mappingAt(mappings: readonly Mapping[], address: bigint): Mapping | undefined {
  return mappings.find(({ start, end }) => start <= address && address < end);
}

function placeIn({ start, offset }: Mapping, address: bigint): number {
  return Number(address - start + offset);
}
