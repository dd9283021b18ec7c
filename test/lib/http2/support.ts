/** @module A peer of a connection, without a socket. */
import { FrameReader } from "../../../src/lib/http2/frame-reader.ts";
import { HpackDecoder } from "../../../src/lib/http2/hpack-decoder.ts";
import { encodeHeaders } from "../../../src/lib/http2/hpack-encoder.ts";
import { FLAG, FRAME, PREFACE } from "../../../src/lib/http2/protocol.ts";
import type { HeaderMap } from "../../../src/lib/http2/request-headers.ts";
import { ServerConnection } from "../../../src/lib/http2/server-connection.ts";
import type { ServerStream } from "../../../src/lib/http2/server-stream.ts";
import type { HeaderField } from "../../../src/lib/http2/static-table.ts";

/** A frame (RFC 9113, section 4.1). */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | number[] = [],
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Uint8Array.from(payload)]);
}

/** Four bytes. */
export function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** One setting. */
export function setting(name: number, value: number): number[] {
  return [name >>> 8, name & 0xff, ...uint32(value)];
}

export const HELLO = Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]);

export const REQUEST: readonly HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/a"],
];

/** A request without a body, or with one to follow. */
export function request(stream: number, { ends = true, fields = REQUEST } = {}): Buffer {
  const flags = FLAG.endHeaders | (ends ? FLAG.endStream : 0);
  return frame(FRAME.headers, flags, stream, encodeHeaders(fields));
}

/** What a peer got. */
export interface Got {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** A connection, and what its peer gets of it. */
export class Peer {
  readonly frames: Got[] = [];
  readonly streams: { readonly stream: ServerStream; readonly headers: HeaderMap }[] = [];
  readonly connection: ServerConnection;
  /** Why the connection has ended. */
  end: { readonly reason: string | undefined } | undefined;
  isReady = false;
  isSocketClosed = false;
  /** Bytes that the socket takes before it is full. */
  room = Number.POSITIVE_INFINITY;
  time = 0;
  /** How often the socket was written to. */
  writes = 0;
  readonly #reader = new FrameReader((got) => this.frames.push({ ...got, payload: got.payload.slice() }));
  readonly #decoder = new HpackDecoder();

  constructor({ streams = 100, headerBytes = 16_384 } = {}) {
    this.connection = new ServerConnection({
      transport: {
        write: (bytes, from, length) => {
          const taken = Math.min(length, this.room);
          this.room -= taken;
          this.writes++;
          this.#reader.add(bytes.slice(from, from + taken));
          return taken;
        },
        end: () => {
          this.isSocketClosed = true;
        },
      },
      headers: { bytes: headerBytes, fields: 64 },
      streams,
      onStream: (stream, headers) => this.streams.push({ stream, headers }),
      onReady: () => {
        this.isReady = true;
      },
      onIdle() {},
      onEnd: (reason) => {
        this.end = { reason };
      },
      now: () => this.time,
    });
  }

  /** The peer says something. */
  send(...pieces: readonly Uint8Array[]): this {
    for (const piece of pieces) this.connection.receive(piece);
    return this;
  }

  /** The socket takes so many bytes again. */
  drain(room = Number.POSITIVE_INFINITY): void {
    this.room = room;
    this.connection.drained();
  }

  /** The last stream that was opened. */
  get stream(): ServerStream {
    return this.streams.at(-1)!.stream;
  }

  of(type: number): Got[] {
    return this.frames.filter((got) => got.type === type);
  }

  /** Payloads of DATA on a stream, one behind the other. */
  data(stream: number): Buffer {
    return Buffer.concat(this.of(FRAME.data).flatMap((got) => (got.stream === stream ? [got.payload] : [])));
  }

  /** The code of GOAWAY; `undefined` without one. */
  get goaway(): number | undefined {
    const [got] = this.of(FRAME.goaway);
    return got && Buffer.from(got.payload).readUInt32BE(4);
  }

  /** The codes of RST_STREAM, by stream. */
  get resets(): [stream: number, code: number][] {
    return this.of(FRAME.rstStream).map(({ stream, payload }) => [
      stream,
      Buffer.from(payload).readUInt32BE(0),
    ]);
  }

  /** The header blocks that came, each as an object. Asked for once. */
  headers(): Record<string, string>[] {
    return this.of(FRAME.headers).map(({ payload }) => {
      const fields: Record<string, string> = {};
      this.#decoder.decode(payload, ([name, value]) => {
        fields[name] = value;
      });
      return fields;
    });
  }
}

/** A turn in which what waits is sent. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
