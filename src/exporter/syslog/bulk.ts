/** @module Messages that are sent together over one connection, until each is acknowledged. */
import type { LineView } from "../../event/batch.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { Bulk, BulkAttempt, BulkOutcome, LineId } from "../delivery/bulk.ts";
import { PUSHED, type PushResult } from "../delivery/destination.ts";
import type { Connection } from "./connection.ts";
import type { MessageBuffer } from "./message-buffer.ts";

/** What a bulk needs of its destination. */
export interface BulkSurroundings {
  /** Of the destination, for letters. */
  readonly name: string;
  readonly counters: ExporterCounters;
  /** @param isIntroduced Whether what is sent next says who is speaking. @throws Error when no server can be reached. */
  connect(isIntroduced: boolean, signal: AbortSignal): Promise<Connection>;
  /** What is wrong with the agent's own certificate, to follow why a connection ended. */
  ownAdvice(): Promise<string>;
  /** The server has this message, which says who is speaking. */
  introduced(message: Buffer): void;
}

/** One buffer of messages. */
export class SyslogBulk implements Bulk {
  readonly #buffer: MessageBuffer;
  readonly #shared: BulkSurroundings;
  /** Numbers of messages that say who is speaking. */
  #introductions: number[] = [];

  constructor(buffer: MessageBuffer, shared: BulkSurroundings) {
    this.#buffer = buffer;
    this.#shared = shared;
  }

  clear(): void {
    this.#buffer.items.clear();
    this.#introductions = [];
  }

  add(lines: LineView, i: number, _id: LineId, isMetadata: boolean): boolean {
    if (!this.#buffer.add(lines, i)) return false;
    if (isMetadata) this.#introductions.push(this.#buffer.items.length - 1);
    return true;
  }

  /** A message that was sent before may come twice: the protocol has no names for messages. */
  suspect(): void {}

  async push(outcome: BulkOutcome, { signal, onSend }: BulkAttempt): Promise<PushResult> {
    const buffer = this.#buffer;
    for (let i = 0; i < outcome.length; i++)
      if (outcome.isPending(i) && buffer.isTooLarge(i)) outcome.refuse(i, "too large for a message");
    if (outcome.pending === 0) return PUSHED;
    let first = 0;
    while (!outcome.isPending(first)) first++;
    const connection = await this.#shared.connect(this.#introductions.includes(first), signal);
    onSend();
    const { acknowledged, error } = await connection.send(buffer.items.from(first), signal);
    const end = buffer.items.startOf(first) + acknowledged;
    for (let i = first; i < outcome.length && buffer.items.endOf(i) <= end; i++) this.#accept(outcome, i);
    if (error === undefined) return PUSHED;
    return { error: new Error(error.message + (await this.#shared.ownAdvice()), { cause: error }) };
  }

  letter(i: number, reason: string): Uint8Array {
    const message = this.#buffer.copyOf(i).toString();
    const letter = { "@timestamp": new Date().toISOString(), to: this.#shared.name, reason, message };
    return Buffer.from(`${JSON.stringify(letter)}\n`);
  }

  #accept(outcome: BulkOutcome, i: number): void {
    if (!outcome.isPending(i)) return;
    outcome.accept(i);
    if (this.#buffer.isShortened(i)) this.#shared.counters.truncated++;
    if (this.#introductions.includes(i)) this.#shared.introduced(this.#buffer.copyOf(i));
  }
}
