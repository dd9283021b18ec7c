/** @module The nodes of a cluster: asked in turn, set aside while they fail. */
import { Backoff, type BackoffSettings } from "../backoff.ts";

/** How long a node that failed is set aside: longer each time, at most a minute. */
const ASIDE: BackoffSettings = {
  initialMs: 1000,
  maxMs: 60_000,
  factor: 2,
  jitter: 0.5,
  giveUpMs: Number.POSITIVE_INFINITY,
};

/** One node. */
export interface ClusterNode {
  readonly url: string;
  /** Until when it is set aside; 0 while it works. */
  readonly asideUntil: number;
}

interface NodeState extends ClusterNode {
  asideUntil: number;
  readonly backoff: Backoff;
}

/** Hands out nodes. */
export class Nodes {
  readonly #nodes: readonly NodeState[];
  readonly #now: () => number;
  #next: number;

  /**
   * @param urls At least one. Agents that start together begin at different ones.
   * @param now Milliseconds; never goes back.
   */
  constructor(
    urls: readonly string[],
    now: () => number = () => performance.now(),
    random: () => number = Math.random,
  ) {
    this.#nodes = urls.map((url) => ({ url, asideUntil: 0, backoff: new Backoff(ASIDE, random) }));
    this.#now = now;
    this.#next = Math.floor(random() * urls.length);
  }

  get count(): number {
    return this.#nodes.length;
  }

  /** The next one that works, or whose time is up; where all are set aside, the one whose time is up first. */
  take(): ClusterNode {
    const now = this.#now();
    let soonest = this.#nodes[0]!;
    for (let i = 0; i < this.#nodes.length; i++) {
      const node = this.#nodes[(this.#next + i) % this.#nodes.length]!;
      if (node.asideUntil <= now) {
        this.#next = (this.#next + i + 1) % this.#nodes.length;
        return node;
      }
      if (node.asideUntil < soonest.asideUntil) soonest = node;
    }
    return soonest;
  }

  /** Sets a node aside. */
  failed({ url }: ClusterNode): void {
    const node = this.#nodes.find((each) => each.url === url)!;
    const now = this.#now();
    // Several requests that were under way have failed for one reason.
    if (node.asideUntil > now) return;
    node.asideUntil = now + node.backoff.next(now)!;
  }

  /** The node has answered. */
  worked({ url }: ClusterNode): void {
    const node = this.#nodes.find((each) => each.url === url)!;
    node.asideUntil = 0;
    node.backoff.reset();
  }
}
