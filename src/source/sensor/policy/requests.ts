/**
 * @module What policies have the agent ask others for: `GetUrl` and `DnsLookup`. Only who says `--enable-policy-requests` gets that, since a
 * policy's author chooses whom the agent speaks to. Nothing waits for an answer, nobody reads it, and how many there are is bounded.
 */
import { Allowance } from "../../../lib/allowance.ts";
import { errorCode } from "../../../os/caught.ts";
import type { RequestAction } from "../../../policy/policy.ts";
import type { RequestResult } from "../../../policy/registry/index.ts";

/** Requests at once at most, and in a second. */
const RATE = { burst: 10, perSecond: 1 };
/** Requests that are under way at most. */
const MOST_UNDER_WAY = 4;
/** Milliseconds for one. */
const TIMEOUT = 5000;
/** Bytes of an answer that are read. */
const LONGEST_ANSWER = 1 << 16;
/** What name servers say of a name that there is not: an answer, too. */
const NO_SUCH_NAME: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/** What they are made with. */
export interface RequestsSettings {
  /** @default 5 seconds */
  readonly timeoutMs?: number;
  /** Name servers. @default those of the host */
  readonly servers?: readonly string[];
}

/** Makes requests. */
export class PolicyRequests implements Disposable {
  readonly #settings: RequestsSettings;
  readonly #end = new AbortController();
  readonly #allowance = new Allowance({ ...RATE, now: performance.now() });
  /** What is asked for at this moment: it is not asked for again meanwhile. */
  readonly #underWay = new Set<string>();

  constructor(settings: RequestsSettings = {}) {
    this.#settings = settings;
  }

  /** Begins a request. @param done Hears what became of it, now or later. */
  make(request: RequestAction, done: (result: RequestResult) => void): void {
    const key = request.action === "GetUrl" ? request.url : `dns:${request.name}`;
    this.#allowance.refill(performance.now());
    const isFull = this.#underWay.size >= MOST_UNDER_WAY || this.#underWay.has(key);
    if (isFull || this.#allowance.left < 1 || this.#end.signal.aborted) {
      done("dropped");
      return;
    }
    this.#allowance.take(1);
    this.#underWay.add(key);
    const asked = request.action === "GetUrl" ? this.#get(request.url) : this.#lookUp(request.name);
    void asked
      .then(
        () => done("answered"),
        () => done("failed"),
      )
      .finally(() => this.#underWay.delete(key));
  }

  /** Nothing is asked for any more. */
  [Symbol.dispose](): void {
    this.#end.abort();
  }

  async #get(url: string): Promise<void> {
    const { timeoutMs = TIMEOUT } = this.#settings;
    const { body } = await fetch(url, {
      // Whom the agent speaks to is for the policy to say, not for whoever answers.
      redirect: "manual",
      keepalive: false,
      // A small answer may be a large one once it is unpacked.
      decompress: false,
      headers: { "user-agent": "tetrad", "accept-encoding": "identity" },
      signal: AbortSignal.any([this.#end.signal, AbortSignal.timeout(timeoutMs)]),
    } as RequestInit);
    if (body === null) return;
    const reader = body.getReader();
    for (let length = 0; length < LONGEST_ANSWER; ) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
    }
    await reader.cancel();
  }

  async #lookUp(name: string): Promise<void> {
    const { timeoutMs = TIMEOUT, servers } = this.#settings;
    const { Resolver } = await import("node:dns/promises");
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    const late = setTimeout(cancel, timeoutMs);
    this.#end.signal.addEventListener("abort", cancel);
    try {
      await resolver.resolve4(name);
    } catch (error) {
      if (!NO_SUCH_NAME.has(errorCode(error) ?? "")) throw error;
    } finally {
      clearTimeout(late);
      this.#end.signal.removeEventListener("abort", cancel);
    }
  }
}
