/** @module How policies are changed while the agent runs. */
import { TetradError } from "../../os/error.ts";
import type { PolicyMode } from "../policy.ts";
import type { ContainerFigures, StartingContainer } from "../workload.ts";
import type { PolicyKey, PolicyStatus } from "./status.ts";

/** Why a change is refused. */
export type PolicyErrorReason =
  /** There is a policy of that key. */
  | "exists"
  /** There is none. */
  | "missing"
  /** The document, or what else was asked for, is wrong. */
  | "invalid"
  /** The kernel, the rights of the agent, or the state of the policy do not allow it. */
  | "refused";

/** A change that was refused: nothing has changed, but that a policy may be listed with its error. */
export class PolicyError extends TetradError {
  readonly reason: PolicyErrorReason;

  constructor(reason: PolicyErrorReason, message: string, options?: ErrorOptions) {
    super(reason === "refused" ? "unsupported" : "config", message, options);
    this.reason = reason;
  }
}

/** Which policy: without a domain the one that clients brought, or the only one of that name. */
export interface PolicyName extends Omit<PolicyKey, "domain"> {
  /** `""` for none. */
  readonly domain: string;
}

/** What a client asks of a policy. What is not named stays. */
export interface PolicyChange {
  readonly isEnabled?: boolean;
  readonly mode?: PolicyMode;
}

/** All policies of an agent. Each change ends before the next one begins. */
export interface PolicyControl {
  /** In the order in which they came. @param domain `""` for all */
  list(domain: string): PolicyStatus[];
  /** The domains that have policies, and those that may. */
  readonly domains: readonly string[];
  /**
   * Loads all policies of a text, or none.
   * @param domain `""` for that of clients.
   * @throws PolicyError
   */
  add(text: string, domain: string): Promise<void>;
  /** Unloads a policy. Resolves when all that it had recorded by then has become events. @throws PolicyError */
  delete(name: PolicyName): Promise<void>;
  /**
   * Has the policies that are loaded decide about a container whose first process is not to begin before this resolves.
   * @throws TetradError `failed` when they cannot.
   */
  begin(container: StartingContainer): Promise<void>;
  /** `undefined` before the first policy. */
  readonly containers?: ContainerFigures | undefined;
  /** @throws PolicyError */
  configure(name: PolicyName, change: PolicyChange): Promise<void>;
}
