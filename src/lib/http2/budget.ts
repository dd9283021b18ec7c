/** @module How much of what costs nothing to send, and something to take, a peer may send. */
import { Allowance, type AllowanceSettings } from "../allowance.ts";
import { ERROR, Http2Error } from "./protocol.ts";

/** Tokens that come back with time. */
export class Budget extends Allowance {
  readonly #what: string;

  /** @param what What it is spent on, for the log. */
  constructor(what: string, settings: AllowanceSettings) {
    super(settings);
    this.#what = what;
  }

  /** @throws Http2Error `ENHANCE_YOUR_CALM` when nothing is left. */
  spend(): void {
    if (this.left < 1) throw new Http2Error(ERROR.enhanceYourCalm, `a flood of ${this.#what}`);
    this.take(1);
  }
}
