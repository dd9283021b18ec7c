/** @module What is counted of a policy's events where they are made: stack traces and requests. */
import type { Policy } from "../../../policy/policy.ts";
import {
  type LoadedFacts,
  REQUEST_RESULTS,
  type RequestResult,
  STACK_RESULTS,
  type StackResult,
} from "../../../policy/registry/index.ts";

/** What there is of one policy. */
interface Counts {
  stacks: Record<"kernel" | "user", Record<StackResult, number>> | undefined;
  requests: Record<"GetUrl" | "DnsLookup", Record<RequestResult, number>> | undefined;
}

/** Counts. */
export class EventCounts {
  readonly #counts = new WeakMap<Policy, Counts>();

  stack(policy: Policy, kind: "kernel" | "user", result: StackResult): void {
    const counts = this.#of(policy);
    counts.stacks ??= { kernel: zeros(STACK_RESULTS), user: zeros(STACK_RESULTS) };
    counts.stacks[kind][result]++;
  }

  request(policy: Policy, kind: "GetUrl" | "DnsLookup", result: RequestResult): void {
    const counts = this.#of(policy);
    counts.requests ??= { GetUrl: zeros(REQUEST_RESULTS), DnsLookup: zeros(REQUEST_RESULTS) };
    counts.requests[kind][result]++;
  }

  /** Nothing of what never was. */
  facts(policy: Policy): Pick<LoadedFacts, "stacks" | "requests"> {
    return { ...this.#counts.get(policy) };
  }

  #of(policy: Policy): Counts {
    const known = this.#counts.get(policy) ?? { stacks: undefined, requests: undefined };
    this.#counts.set(policy, known);
    return known;
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
