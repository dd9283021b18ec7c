/** @module Header blocks: put together of their frames, decoded, within limits. */
import type { Frame } from "./frame-reader.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { withoutPadding } from "./padding.ts";
import { ERROR, FLAG, FRAME, Http2Error, protocolError } from "./protocol.ts";
import { HeaderCollector, type HeaderLimits } from "./request-headers.ts";

/** Bytes of a block over those of its fields, since it may be encoded badly. A longer one ends the connection. */
const BLOCK_FACTOR = 2;
/** Weight and dependency of a stream, which nobody heeds any more (RFC 9113, section 5.3). */
const PRIORITY_BYTES = 5;

/** A block that is whole. */
export interface HeaderBlock {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly fields: HeaderCollector;
}

/** A block whose end has not come. */
interface OpenBlock {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly parts: Uint8Array[];
  bytes: number;
}

/** The header blocks of one connection. */
export class HeaderBlocks {
  readonly #limits: HeaderLimits;
  readonly #decoder = new HpackDecoder();
  #open: OpenBlock | undefined;

  constructor(limits: HeaderLimits) {
    this.#limits = limits;
  }

  /** Whether nothing but the rest of a block may come. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Takes a frame of headers. @returns The block that it ends. @throws Http2Error. */
  add(frame: Frame): HeaderBlock | undefined {
    const { flags, stream } = frame;
    let part = frame.payload;
    if (frame.type === FRAME.headers) {
      part = withoutPadding(frame);
      if ((flags & FLAG.priority) !== 0) {
        if (part.length < PRIORITY_BYTES) throw new Http2Error(ERROR.frameSize, "HEADERS that is cut off");
        part = part.subarray(PRIORITY_BYTES);
      }
      this.#open = { stream, endsStream: (flags & FLAG.endStream) !== 0, parts: [], bytes: 0 };
    }
    const open = this.#open;
    if (open === undefined || open.stream !== stream) protocolError("CONTINUATION of nothing");
    open.bytes += part.length;
    if (open.bytes > this.#limits.bytes * BLOCK_FACTOR)
      throw new Http2Error(ERROR.enhanceYourCalm, "headers without end");
    const isWhole = (flags & FLAG.endHeaders) !== 0;
    // The memory of a frame is its reader's.
    open.parts.push(isWhole && open.parts.length === 0 ? part : part.slice());
    return isWhole ? this.#finish(open) : undefined;
  }

  #finish({ stream, endsStream, parts }: OpenBlock): HeaderBlock {
    this.#open = undefined;
    const fields = new HeaderCollector(this.#limits);
    this.#decoder.decode(parts.length === 1 ? parts[0]! : Buffer.concat(parts), (field) => fields.add(field));
    return { stream, endsStream, fields };
  }
}
