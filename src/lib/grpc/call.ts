/** @module One call of a server: its answer, message by message, and its status. */
import type { ServerHttp2Stream } from "node:http2";
import { encodeStatusMessage } from "./metadata.ts";
import { STATUS, type StatusCode } from "./status.ts";

/** Header names in lower case, as HTTP/2 has them. */
export type Headers = Readonly<Record<string, string>>;

/** How long a peer may take to end its side of a call that is over, milliseconds. */
const HALF_CLOSED_MS = 1000;

/** RFC 9113, section 7. */
const NO_ERROR = 0;

const ANSWER = { ":status": 200, "content-type": "application/grpc" } as const;

/** The answering side of a call. Whatever the peer does, nothing here throws. */
export class ServerCall {
  readonly #stream: ServerHttp2Stream;
  readonly path: string;
  /** Who calls, for the log: an address, or `unix`. */
  readonly peer: string;
  #status: { readonly code: StatusCode; readonly message: string } | undefined;
  #hasHeaders = false;
  readonly #onClose: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: ServerHttp2Stream, { path, peer }: { readonly path: string; readonly peer: string }) {
    this.#stream = stream;
    this.path = path;
    this.peer = peer;
    stream.on("wantTrailers", () => this.#sendTrailers());
    stream.on("close", () => {
      clearTimeout(this.#timer);
      for (const listener of this.#onClose.splice(0)) listener();
    });
  }

  /** Whether nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#stream.closed || this.#stream.destroyed || this.#status !== undefined;
  }

  /** Bytes that were written and have not left: the peer's window is shut, or its socket full. */
  get unsentBytes(): number {
    return this.#stream.writableLength;
  }

  /** Calls `listener` once, when the call is over for whatever reason. */
  onClose(listener: () => void): void {
    if (this.#stream.closed || this.#stream.destroyed) listener();
    else this.#onClose.push(listener);
  }

  /** Calls `listener` whenever what was written has left. */
  onDrain(listener: () => void): void {
    this.#stream.on("drain", listener);
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
    this.#try(() => this.#stream.respond({ ...ANSWER, ...headers }, { waitForTrailers: true }));
  }

  /** Sends messages, prefixes included. The bytes must stay as they are. */
  write(messages: Uint8Array): void {
    this.begin();
    if (!this.isClosed) this.#try(() => this.#stream.write(messages));
  }

  /** Ends the call. What was written leaves before that. Later calls do nothing. */
  end(code: StatusCode = STATUS.ok, message = ""): void {
    if (this.isClosed) return;
    this.#status = { code, message };
    this.#try(() => {
      if (this.#hasHeaders) this.#stream.end();
      else this.#stream.respond({ ...ANSWER, ...this.#trailers() }, { endStream: true });
    });
    if (this.#stream.readableEnded) return;
    clearTimeout(this.#timer);
    // A peer that goes on with its request would keep the stream for as long as it likes.
    this.#timer = setTimeout(() => this.#stream.close(NO_ERROR), HALF_CLOSED_MS);
    this.#timer.unref();
  }

  /** Ends the call without waiting for what was written. */
  abort(): void {
    this.#stream.destroy();
  }

  #sendTrailers(): void {
    this.#status ??= { code: STATUS.unknown, message: "" };
    this.#try(() => this.#stream.sendTrailers(this.#trailers()));
  }

  #trailers(): Record<string, string> {
    const { code, message } = this.#status!;
    return {
      "grpc-status": String(code),
      ...(message !== "" && { "grpc-message": encodeStatusMessage(message) }),
    };
  }

  /** The peer may have gone at any moment: the stream says so by its own events. */
  #try(act: () => void): void {
    try {
      act();
    } catch {
      this.#stream.destroy();
    }
  }
}
