/** @module One call of a server: its answer, message by message, and its status. */
import type { DataFrames } from "../http2/data-frames.ts";
import { ERROR } from "../http2/protocol.ts";
import type { ServerStream } from "../http2/server-stream.ts";
import type { HeaderField } from "../http2/static-table.ts";
import { encodeStatusMessage } from "./metadata.ts";
import { STATUS, type StatusCode } from "./status.ts";

/** Header names in lower case, as HTTP/2 has them. */
export type Headers = Readonly<Record<string, string>>;

/** Characters of a status message: some clients take few headers, and what a peer is shown may be what it sent. */
const MAX_MESSAGE_LENGTH = 1024;
/** How long a peer may take to end its side of a call that is over, milliseconds. */
const HALF_CLOSED_MS = 1000;

const ANSWER: readonly HeaderField[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

/** The answering side of a call. Whatever the peer does, nothing here throws. */
export class ServerCall {
  readonly #stream: ServerStream;
  readonly path: string;
  /** Who calls, for the log: an address, or `unix`. */
  readonly peer: string;
  #hasEnded = false;
  #hasHeaders = false;
  readonly #onClose: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: ServerStream, { path, peer }: { readonly path: string; readonly peer: string }) {
    this.#stream = stream;
    this.path = path;
    this.peer = peer;
    stream.onClose = () => {
      clearTimeout(this.#timer);
      for (const listener of this.#onClose.splice(0)) listener();
    };
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#stream.isClosed || this.#hasEnded;
  }

  /** Bytes that were written and have not left: the peer's window is shut, or its socket full. */
  get unsentBytes(): number {
    return this.#stream.unsentBytes;
  }

  /** The same, with the status. None once the call is over. */
  get heldBytes(): number {
    return this.#stream.isClosed ? 0 : this.#stream.heldBytes;
  }

  /** Calls `listener` once, when the call is over for whatever reason. */
  onClose(listener: () => void): void {
    if (this.#stream.isClosed) listener();
    else this.#onClose.push(listener);
  }

  /** Calls `listener` whenever all has left that had to wait. */
  onDrain(listener: () => void): void {
    this.#stream.onDrain(listener);
  }

  /** Ends the call with `DEADLINE_EXCEEDED` after so many milliseconds. */
  limit(milliseconds: number): void {
    // Timers cannot count further, and nobody waits that long.
    if (milliseconds >= 2 ** 31) return;
    this.#timer = setTimeout(() => this.end(STATUS.deadlineExceeded, "Deadline exceeded"), milliseconds);
    this.#timer.unref();
  }

  /** Sends the headers now, although there is no message yet. Once. */
  begin(headers: Headers = {}): void {
    if (this.isClosed || this.#hasHeaders) return;
    this.#hasHeaders = true;
    this.#stream.respond([...ANSWER, ...Object.entries(headers)]);
  }

  /** Sends messages, prefixes included. The bytes must stay as they are. */
  write(messages: Uint8Array): void {
    this.begin();
    if (!this.isClosed) this.#stream.write(messages);
  }

  /** Sends messages that are in frames already, and may go to others as well. */
  writeFrames(frames: DataFrames): void {
    this.begin();
    if (!this.isClosed) this.#stream.writeFrames(frames);
  }

  /** Ends the call. What was written leaves before that. Later calls do nothing. */
  end(code: StatusCode = STATUS.ok, message = ""): void {
    if (this.isClosed) return;
    this.#hasEnded = true;
    const status: HeaderField[] = [["grpc-status", String(code)]];
    if (message !== "") status.push(["grpc-message", encodeStatusMessage(shortened(message))]);
    this.#stream.end(this.#hasHeaders ? status : [...ANSWER, ...status]);
    if (this.#stream.isClosed || this.#stream.hasPeerEnded) return;
    clearTimeout(this.#timer);
    // A peer that goes on with its request would keep the stream for as long as it likes.
    this.#timer = setTimeout(() => this.#stream.reset(ERROR.none), HALF_CLOSED_MS);
    this.#timer.unref();
  }

  /** Ends the call without waiting for what was written. */
  abort(): void {
    this.#stream.reset();
  }
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
