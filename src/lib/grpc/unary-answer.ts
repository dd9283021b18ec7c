/** @module The one message that a call is answered by. */
import type { IncomingHttpHeaders } from "node:http2";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { MessageStream } from "./message-stream.ts";
import { BadAnswerError, STATUS } from "./status.ts";

/** Puts it together. */
export class UnaryAnswer {
  readonly #maxBytes: number;
  readonly #messages: MessageStream;
  #encoding = "";
  #answer: Uint8Array | undefined;
  #isCompressed = false;

  /** @param takesCompressed Servers in Go compress their answer as the request was, whatever they are told. */
  constructor(maxBytes: number, takesCompressed: boolean) {
    this.#maxBytes = maxBytes;
    this.#messages = new MessageStream(maxBytes, takesCompressed ? { takesCompressed } : {});
  }

  begin(headers: IncomingHttpHeaders): void {
    this.#encoding = String(headers["grpc-encoding"] ?? "");
  }

  /** @throws GrpcError for what nobody can read, or need not: it may go on for as long as it likes. */
  add(piece: Uint8Array): void {
    const messages = this.#messages;
    messages.add(piece);
    while (messages.next()) {
      if (this.#answer !== undefined)
        throw new BadAnswerError(STATUS.internal, "the answer has several messages");
      this.#answer = messages.bytes.slice(messages.start, messages.end);
      this.#isCompressed = messages.isCompressed;
    }
  }

  /** The message. @throws BadAnswerError where there is none. */
  message(): Uint8Array {
    if (this.#messages.tooLong > 0)
      throw new BadAnswerError(STATUS.resourceExhausted, "the answer is too long");
    if (this.#answer === undefined) throw new BadAnswerError(STATUS.internal, "the answer is empty");
    return this.#isCompressed ? this.#unpacked(this.#answer) : this.#answer;
  }

  #unpacked(answer: Uint8Array): Uint8Array {
    const limit = { maxOutputLength: this.#maxBytes };
    try {
      if (this.#encoding === "gzip") return gunzipSync(answer, limit);
      if (this.#encoding === "zstd") return zstdDecompressSync(answer, limit);
    } catch (cause) {
      throw new BadAnswerError(STATUS.internal, `the answer cannot be unpacked: ${cause}`);
    }
    throw new BadAnswerError(STATUS.internal, `the answer is compressed by ${this.#encoding || "nothing"}`);
  }
}
