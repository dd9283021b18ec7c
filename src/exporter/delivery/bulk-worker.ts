/** @module Fills one bulk after the other, and has each sent. */
import { tick } from "../../lib/tick.ts";
import { type Bulk, BulkOutcome } from "./bulk.ts";
import type { Parcel, Supply } from "./bulk-supply.ts";
import { asFailure, type PushResult } from "./destination.ts";
import { OneLine } from "./one-line.ts";
import type { DeliveryParts } from "./sender.ts";

/** Lines that are put into a bulk before others have their turn. */
const SLICE = 128;

/** One bulk, and what became of its lines. */
export class BulkWorker {
  readonly outcome: BulkOutcome;
  /** It has lines, or is about to. */
  isBusy = false;
  readonly #bulk: Bulk;

  /** @param onIntroduced Takes whether the metadata has arrived, or never will. */
  constructor(
    bulk: Bulk,
    { ledger, counters }: Pick<DeliveryParts, "ledger" | "counters">,
    onIntroduced: (hasArrived: boolean) => void,
  ) {
    this.#bulk = bulk;
    this.outcome = new BulkOutcome(
      (bytes) => {
        if (bytes > 0) ledger.accepted(1, bytes);
        else onIntroduced(true);
      },
      (i, bytes, reason) => {
        ledger.keep(new OneLine(bulk.letter(i, reason)), 0, reason);
        if (bytes > 0) counters.refused++;
        else onIntroduced(false);
      },
    );
  }

  /**
   * Fills the bulk anew, a slice at a time.
   * @param goesOn Asked after each slice.
   * @returns Whether it is full.
   */
  async fill(supply: Supply, goesOn: () => boolean): Promise<boolean> {
    this.#bulk.clear();
    this.outcome.clear();
    for (let front = supply.front(); front !== undefined; front = supply.front()) {
      const { lines, id, isMetadata, sentBefore } = front;
      if (id.sequence < sentBefore) this.#bulk.suspect();
      const most = Math.min(lines.length, SLICE);
      const line = { prefix: id.prefix, sequence: id.sequence };
      let count = 0;
      for (; count < most && this.#bulk.add(lines, count, line, isMetadata); count++, line.sequence++)
        this.outcome.add(isMetadata ? 0 : lines.endAt(count) - lines.startAt(count));
      supply.take(count);
      if (count < most) return true;
      await tick();
      if (!goesOn()) break;
    }
    return false;
  }

  /** Sends what is pending. Never rejects. */
  async push(parcel: Parcel, signal: AbortSignal): Promise<PushResult> {
    try {
      return await this.#bulk.push(this.outcome, { signal, onSend: () => parcel.noteSent() });
    } catch (error) {
      return asFailure(error);
    }
  }
}
