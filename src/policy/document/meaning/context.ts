/** @module What everybody has at hand who turns parts of a document into parts of a policy. */
import type { Position } from "../../policy.ts";
import type { Finding, Findings, Remark } from "../finding.ts";
import type { KernelFacts } from "../kernel-facts.ts";
import type { Places } from "../places.ts";
import type { NameList } from "./name-list.ts";

/** Machines by the prefix that their system calls have. */
export type Machine = "x64" | "arm64";

/** One document and what is found in it. */
export class Context {
  readonly places: Places;
  readonly machine: Machine;
  readonly kernel: KernelFacts | undefined;
  /** Whether the agent does what `GetUrl` and `DnsLookup` ask for. */
  readonly makesRequests: boolean;
  /** By name; filled before hooks are read. */
  lists: ReadonlyMap<string, NameList> = new Map();
  /** Whether there is whom `NotifyEnforcer` may notify; said before hooks are read. */
  hasEnforcers = false;
  /** Whether the policy is for containers that it names; said before hooks are read. */
  isForContainers = false;
  /** Whether it is to be remembered which values match; set before hooks are read. */
  marksValues = false;
  readonly #findings: Findings;
  #dropped = 0;
  #isOpen = false;

  constructor(options: {
    readonly places: Places;
    readonly findings: Findings;
    readonly machine: Machine;
    readonly kernel: KernelFacts | undefined;
    readonly makesRequests: boolean;
  }) {
    this.places = options.places;
    this.machine = options.machine;
    this.kernel = options.kernel;
    this.makesRequests = options.makesRequests;
    this.#findings = options.findings;
  }

  /** How many errors there are so far. */
  get errors(): number {
    return this.#findings.errors;
  }

  /** Whether the kernel decides about something, and none was asked. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Notes that it is so. */
  leaveOpen(): undefined {
    this.#isOpen = true;
    return undefined;
  }

  /** How many filters, actions and arguments were left out: none where nothing is wrong, and nothing open. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Those that are right. The others have been said to be wrong, or are open. */
  keep<T>(items: readonly (T | undefined)[]): T[] {
    const kept = items.filter((item) => item !== undefined);
    this.#dropped += items.length - kept.length;
    return kept;
  }

  /** Says what is wrong with a field of what was read, or with all of it. */
  error(container: object, field: string | number | undefined, remark: Remark): undefined {
    this.#add(container, field, { ...remark, severity: "error" });
    return undefined;
  }

  /** Says what would be better. */
  warn(container: object, field: string | number | undefined, remark: Remark): void {
    this.#add(container, field, { ...remark, severity: "warning" });
  }

  /** Says that this version cannot do it. */
  unsupported(container: object, field: string | number | undefined, found: string): undefined {
    const remark = { found: `${found}, which this version of tetrad cannot load` };
    this.#add(container, field, { ...remark, severity: "error", kind: "unsupported" });
    return undefined;
  }

  /** Where it stands. */
  at(container: object, field?: string | number): Position {
    return this.places.at(container, field);
  }

  #add(
    container: object,
    field: string | number | undefined,
    remark: Remark & Pick<Finding, "severity"> & Partial<Pick<Finding, "kind">>,
  ): void {
    this.#findings.add({
      at: this.places.at(container, field),
      path: this.places.path(container, field),
      ...remark,
    });
  }
}
