/** @module Memory that text is read into, in which scanners find it. */
import { scanImage } from "./image.ts" with { type: "macro" };
import { SLACK_BEHIND } from "./layout.ts";
import type { ScanProgram } from "./program/program.ts";
import type { ScanTable } from "./table.ts";

const PAGE_BYTES = 65536;
/** Bytes before the text, for the tables. */
export const TEXT: number = PAGE_BYTES / 2;

/** What to scan lines with. */
export interface Scanners extends ScanProgram {
  /** Address of the event's type. */
  readonly event: number;
}

/** Compiled when the first line is scanned, which a start has not to wait for. */
let program: WebAssembly.Module | undefined;
let isUnusable = false;

/** @returns Nothing where the runtime has no memory for it, or no WebAssembly at all: plain memory does then. */
function allocate(pages: number): WebAssembly.Memory | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** @returns Nothing where the processor has no vectors of 16 bytes: then no scanner is sure of anything. */
function compile(): WebAssembly.Module | undefined {
  if (isUnusable) return undefined;
  try {
    program ??= new WebAssembly.Module(Uint8Array.fromBase64(scanImage().program));
    return program;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    isUnusable = true;
    return undefined;
  }
}

let eventTable: ScanTable | undefined;

/** The table of Tetragon's events. */
function tableOfEvents(): ScanTable {
  const { table, event } = scanImage();
  eventTable ??= { bytes: Uint8Array.fromBase64(table), event };
  return eventTable;
}

/** By their buffers. */
const memories = new WeakMap<ArrayBufferLike, TextMemory>();

/** One piece of memory. */
export class TextMemory {
  /** For text to be read into. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `undefined` where no scanner can see it. */
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #table: ScanTable | undefined;
  #scanners: Scanners | undefined;

  /**
   * @param capacity Bytes of text that it has room for.
   * @param table What events are. @default Tetragon's
   */
  constructor(capacity: number, table?: ScanTable) {
    this.#table = table;
    const pages = Math.ceil((TEXT + capacity + SLACK_BEHIND) / PAGE_BYTES);
    this.#memory = allocate(pages);
    const buffer = this.#memory?.buffer ?? new ArrayBuffer(pages * PAGE_BYTES);
    this.bytes = new Uint8Array(buffer, TEXT, capacity);
    memories.set(buffer, this);
  }

  /** For another program that is to see the text; `undefined` where none can. */
  get memory(): WebAssembly.Memory | undefined {
    return this.#memory;
  }

  /** The memory that `bytes` are in; `undefined` when they are somewhere else. */
  static of(bytes: Uint8Array): TextMemory | undefined {
    return memories.get(bytes.buffer);
  }

  /** Scanners of what is in this memory: offsets into its buffer are their addresses. `undefined` where none can run. */
  get scanners(): Scanners | undefined {
    this.#scanners ??= this.#instantiate();
    return this.#scanners;
  }

  #instantiate(): Scanners | undefined {
    if (this.#memory === undefined) return undefined;
    const module = compile();
    if (module === undefined) return undefined;
    const { exports } = new WebAssembly.Instance(module, { host: { memory: this.#memory } });
    const { bytes, event } = this.#table ?? tableOfEvents();
    new Uint8Array(this.#memory.buffer, 0, TEXT).set(bytes);
    const { scanEvent, scanObject, scanValue } = exports as unknown as ScanProgram;
    return { scanEvent, scanObject, scanValue, event };
  }
}
