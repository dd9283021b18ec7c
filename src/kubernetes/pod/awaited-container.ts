/** @module A container that somebody has asked for, or whose pod has come. */
import type { Container, ContainerIdentity } from "../../pipeline/enrich/container.ts";
import type { ContainerFacts } from "./identity.ts";

/** Becomes known, or is given up; what was given up may still become known. */
export class AwaitedContainer implements Container {
  /** Until when it is waited for, on the store's clock. */
  readonly deadline: number;
  #identity: ContainerIdentity | undefined;
  #facts: ContainerFacts | undefined;
  #question: PromiseWithResolvers<void> | undefined;
  #isGivenUp = false;

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  get identity(): ContainerIdentity | undefined {
    return this.#identity;
  }

  /** What {@link identity} was made of. */
  get facts(): ContainerFacts | undefined {
    return this.#facts;
  }

  /** Whether it may still become known to who waits for it. */
  get isAwaited(): boolean {
    return !this.#isGivenUp && this.#identity === undefined;
  }

  get question(): Promise<void> | undefined {
    if (!this.isAwaited) return undefined;
    this.#question ??= Promise.withResolvers<void>();
    return this.#question.promise;
  }

  become(identity: ContainerIdentity, facts: ContainerFacts): void {
    this.#identity = identity;
    this.#facts = facts;
    this.#settle();
  }

  giveUp(): void {
    this.#isGivenUp = true;
    this.#settle();
  }

  #settle(): void {
    this.#question?.resolve();
    this.#question = undefined;
  }
}
