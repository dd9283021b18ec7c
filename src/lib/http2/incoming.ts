/** @module What a client sends, frame by frame, as far as a frame alone says whether it may be. */
import type { FloodGuard } from "./flood-guard.ts";
import { type Frame, FrameReader, readStreamId } from "./frame-reader.ts";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.ts";
import { withoutPadding } from "./padding.ts";
import { ERROR, FLAG, FRAME, Http2Error, PREFACE, protocolError } from "./protocol.ts";
import type { HeaderLimits } from "./request-headers.ts";

/** Takes what has come. A payload stays as it is only until the function returns. */
export interface IncomingListener {
  /** @param length With padding, which windows count. */
  onData(data: { stream: number; piece: Uint8Array; length: number; endsStream: boolean }): void;
  onHeaders(block: HeaderBlock): void;
  onReset(stream: number): void;
  onSettings(payload: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onPong(): void;
  /** @param stream 0 for the connection. */
  onWindow(stream: number, increment: number): void;
}

/** Reads the bytes of a client, its preface included. */
export class Incoming {
  readonly #listener: IncomingListener;
  readonly #floods: FloodGuard;
  readonly #reader = new FrameReader((frame) => this.#take(frame));
  readonly #blocks: HeaderBlocks;
  static readonly #TAKERS = new Map<number, (self: Incoming, frame: Frame) => void>([
    [FRAME.data, (self, frame) => self.#takeData(frame)],
    [FRAME.headers, (self, frame) => self.#takeHeaders(frame)],
    [FRAME.continuation, (self, frame) => self.#takeHeaders(frame)],
    [FRAME.rstStream, (self, frame) => self.#takeReset(frame)],
    [FRAME.settings, (self, frame) => self.#takeSettings(frame)],
    [FRAME.ping, (self, frame) => self.#takePing(frame)],
    [FRAME.windowUpdate, (self, frame) => self.#takeWindow(frame)],
    [FRAME.pushPromise, () => protocolError("a promise of a client")],
  ]);
  #prefaceBytes = 0;
  #hasSettings = false;

  constructor(
    listener: IncomingListener,
    { floods, headers }: { floods: FloodGuard; headers: HeaderLimits },
  ) {
    this.#listener = listener;
    this.#floods = floods;
    this.#blocks = new HeaderBlocks(headers);
  }

  /** Whether headers have begun and do not end. */
  get isWithinHeaders(): boolean {
    return this.#blocks.isOpen;
  }

  /** @throws Http2Error for what may not be. */
  add(piece: Uint8Array): void {
    let at = 0;
    for (; at < piece.length && this.#prefaceBytes < PREFACE.length; at++, this.#prefaceBytes++)
      if (piece[at] !== PREFACE[this.#prefaceBytes]) protocolError("it speaks no HTTP/2");
    this.#reader.add(at === 0 ? piece : piece.subarray(at));
  }

  #take(frame: Frame): void {
    const { type, flags } = frame;
    if (!this.#hasSettings && (type !== FRAME.settings || (flags & FLAG.ack) !== 0))
      protocolError("it does not begin with settings");
    if (this.#blocks.isOpen && type !== FRAME.continuation) protocolError("a frame within headers");
    const take = Incoming.#TAKERS.get(type);
    // What is unknown is passed over (section 5.5), and so are GOAWAY and priorities.
    if (take === undefined) this.#floods.noteControl();
    else take(this, frame);
  }

  #takeData(frame: Frame): void {
    const { flags, stream, payload } = frame;
    const endsStream = (flags & FLAG.endStream) !== 0;
    const piece = withoutPadding(frame);
    if (piece.length === 0 && !endsStream) this.#floods.noteControl();
    this.#listener.onData({ stream, piece, length: payload.length, endsStream });
  }

  #takeHeaders(frame: Frame): void {
    if (frame.stream === 0) protocolError("HEADERS on no stream");
    if (frame.type === FRAME.continuation) this.#floods.noteControl();
    const block = this.#blocks.add(frame);
    if (block !== undefined) this.#listener.onHeaders(block);
  }

  #takeReset(frame: Frame): void {
    expectSize(frame, 4);
    this.#listener.onReset(frame.stream);
  }

  #takeWindow(frame: Frame): void {
    expectSize(frame, 4);
    this.#floods.noteControl();
    this.#listener.onWindow(frame.stream, readStreamId(frame.payload, 0));
  }

  #takeSettings(frame: Frame): void {
    onConnection(frame);
    this.#floods.noteControl();
    this.#hasSettings = true;
    if ((frame.flags & FLAG.ack) === 0) this.#listener.onSettings(frame.payload);
    else expectSize(frame, 0);
  }

  #takePing(frame: Frame): void {
    onConnection(frame);
    expectSize(frame, 8);
    this.#floods.noteControl();
    if ((frame.flags & FLAG.ack) === 0) this.#listener.onPing(frame.payload);
    else this.#listener.onPong();
  }
}

function onConnection({ stream }: Frame): void {
  if (stream !== 0) protocolError("a frame of the connection on a stream");
}

function expectSize({ type, payload }: Frame, bytes: number): void {
  if (payload.length !== bytes)
    throw new Http2Error(ERROR.frameSize, `a frame of type ${type} with ${payload.length} bytes`);
}
