/**
 * @module What is said to the process that opens perf events. A request is `u32` type of event, `u32` whether it is of a file that
 * goes with it, `u64` config, `u64` offset, all little-endian, and the function's name without a NUL; an answer is `i32`: 0, and the event goes with it, or the error's number.
 */
import { PERF_TYPE_TRACEPOINT, type PerfEvent } from "../perf-event.ts";

const HEAD = 24;
/** `KSYM_NAME_LEN` with its NUL (linux/kallsyms.h). */
const LONGEST_NAME = 511;
export const LONGEST_REQUEST = HEAD + LONGEST_NAME;
export const ANSWER_LENGTH = 4;

/** What symbols of the kernel are made of, also those that compilers make of others: `name.isra.0`. */
const NAME = /^[A-Za-z_.$][\w.$]*$/;

/** The kernel's numbers for events of functions. */
export interface ProbeNumbers {
  readonly type: number;
  /** Of where a function is entered, and of where it returns. */
  readonly configs: readonly bigint[];
}

/** The kernel's numbers for what can be asked for. */
export interface EventNumbers {
  readonly functions?: ProbeNumbers | undefined;
  readonly files?: ProbeNumbers | undefined;
}

/** An event, of a file whether it goes with the request. */
export type RequestedEvent = PerfEvent & { readonly isOfFile: boolean };

/** Bits of the number of an event of a file that say where its counter is. */
const COUNTER_BITS = 0xffff_ffff_0000_0000n;

/** The request for an event; `undefined` for one that is none of those that can be asked for. */
export function encodeRequest(event: PerfEvent, numbers: EventNumbers): Uint8Array | undefined {
  // Without the NUL.
  const name = event.target?.subarray(0, -1) ?? new Uint8Array(0);
  if (event.pid !== undefined || name.length > LONGEST_NAME) return undefined;
  const request = new Uint8Array(HEAD + name.length);
  const view = new DataView(request.buffer);
  view.setUint32(0, event.type, true);
  view.setUint32(4, event.descriptor === undefined ? 0 : 1, true);
  view.setBigUint64(8, event.config, true);
  view.setBigUint64(16, event.offset ?? 0n, true);
  request.set(name, HEAD);
  return decodeRequest(request, numbers) === undefined ? undefined : request;
}

/**
 * The event that is asked for.
 * @returns `undefined` where these bytes are anything else than a request for a tracepoint, a function or a place in a file.
 */
export function decodeRequest(
  request: Uint8Array,
  { functions, files }: EventNumbers,
): RequestedEvent | undefined {
  if (request.length < HEAD || request.length > LONGEST_REQUEST) return undefined;
  const view = new DataView(request.buffer, request.byteOffset, request.length);
  const type = view.getUint32(0, true);
  const config = view.getBigUint64(8, true);
  const offset = view.getBigUint64(16, true);
  const isOfFile = view.getUint32(4, true) === 1;
  if (isOfFile) {
    const isKnown = type === files?.type && files.configs.includes(config & ~COUNTER_BITS);
    return isKnown && request.length === HEAD ? { type, config, offset, isOfFile } : undefined;
  }
  if (view.getUint32(4, true) !== 0) return undefined;
  if (type === PERF_TYPE_TRACEPOINT)
    return request.length === HEAD && offset === 0n && config <= 0xffffffffn
      ? { type, config, isOfFile }
      : undefined;
  if (type !== functions?.type || !functions.configs.includes(config)) return undefined;
  const name = Buffer.from(request.subarray(HEAD)).toString("latin1");
  if (!NAME.test(name)) return undefined;
  return { type, config, target: Buffer.from(`${name}\0`, "latin1"), offset, isOfFile };
}
