/** @module Turns the configured destination into an address, again and again. */
import { type AddressFamily, AF_INET, AF_INET6, literalFamily } from "../../os/socket-address.ts";

/** One address of the destination. */
export interface Address {
  readonly host: string;
  readonly family: AddressFamily;
}

/** All addresses of a name (A and AAAA), best first; rejects when there is none. */
export type Lookup = (name: string) => Promise<readonly Address[]>;

/** Asks the host's resolver, which is loaded only for a name. */
export const systemLookup: Lookup = async (name) => {
  const { lookup } = await import("node:dns/promises");
  const answers = await lookup(name, { all: true });
  return answers.map(({ address, family }) => ({ host: address, family: family === 6 ? AF_INET6 : AF_INET }));
};

/** What {@link Resolver} is given. */
export interface ResolverSettings {
  /** IP literal or host name. */
  readonly host: string;
  readonly lookup: Lookup;
  /** Time between two look-ups, milliseconds. */
  readonly intervalMs: number;
  /** Time before the next try after a failure at first; doubles up to `intervalMs`. */
  readonly retryMs: number;
  /** Called with the addresses whenever they were found. */
  readonly onAddresses: (addresses: readonly Address[]) => void;
  /** Called when a look-up failed. */
  readonly onFailure: (error: unknown) => void;
}

/** Resolves a host name at once, at an interval, and sooner when asked to. An IP literal is never looked up. */
export class Resolver {
  readonly #settings: ResolverSettings;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #busy = false;
  #stopped = false;

  constructor(settings: ResolverSettings) {
    this.#settings = settings;
  }

  /** Starts; an IP literal is reported before this returns. */
  start(): void {
    const { host, onAddresses } = this.#settings;
    const family = literalFamily(host);
    if (family !== undefined) onAddresses([{ host, family }]);
    else void this.#resolve();
  }

  /** Looks the name up now unless that is under way: the address may have stopped working. */
  refresh(): void {
    if (literalFamily(this.#settings.host) === undefined) void this.#resolve();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #resolve(): Promise<void> {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    const { host, lookup, intervalMs, retryMs, onAddresses, onFailure } = this.#settings;
    let delay = intervalMs;
    try {
      const addresses = await lookup(host);
      if (this.#stopped) return;
      this.#failures = 0;
      if (addresses.length > 0) onAddresses(addresses);
    } catch (error) {
      if (this.#stopped) return;
      delay = Math.min(intervalMs, retryMs * 2 ** this.#failures++);
      onFailure(error);
    } finally {
      this.#busy = false;
    }
    this.#timer = setTimeout(() => void this.#resolve(), delay);
    this.#timer.unref();
  }
}
