/** @module The contract between what is exported and the ways that it may go. */

/** What is exported, as paths and services name it. */
export type Signal = "logs" | "metrics" | "traces";

/**
 * What became of a request. `taken`: all but so many of it. `later`: the receiver may take it the next time. `refused`: never;
 * it may be that the whole is too large, or that something within is wrong.
 */
export type Verdict =
  | { readonly kind: "taken"; readonly rejected: number; readonly message: string }
  | { readonly kind: "later"; readonly error: Error; readonly retryAfterMs?: number | undefined }
  | { readonly kind: "refused"; readonly error: Error; readonly isTooLarge: boolean };

/** Sends requests to one receiver. */
export interface Transport {
  /** Where to, for log lines: without what may be secret. */
  readonly description: string;
  /** @throws TetradError `config` for options that cannot be used. */
  open(): Promise<void>;
  /**
   * Sends a request, `Export*ServiceRequest`, and waits for the answer.
   * @throws Error when there is none: it may have been taken.
   */
  send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Verdict>;
  close(): void;
}

/** Characters of an answer that are shown. */
const SHOWN = 300;

/** What a receiver says, at a length that a log line has room for. */
export function shownAnswer(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > SHOWN ? `${trimmed.slice(0, SHOWN)}...` : trimmed;
}
