/** @module The policies of the registry, by key. */
import { errorMessage } from "../../os/caught.ts";
import type { Policy } from "../policy.ts";
import { PolicyError, type PolicyName } from "./control.ts";
import type { PolicyEngine } from "./engine.ts";
import { describeKey, type Entry, engineMode, firstMode, isLoaded, keyText } from "./entry.ts";
import { GRPC_DOMAIN, type PolicyKey, type StatusMode } from "./status.ts";

/** What a new entry is made of. */
export type EntryStart = Pick<Entry, "domain" | "namespace" | "name" | "origin" | "text" | "policy"> & {
  /** Of the entry that it comes in the place of. @default a new one */
  readonly id?: number | undefined;
};

const FIRST_ID = 2;
/** Policies of all domains. */
const MOST_POLICIES = 4096;
/** Policies that clients brought and that could not be loaded, which are listed for their error: the oldest makes room. */
const MOST_FAILED = 64;

/** Entries in the order in which they came. */
export class Entries {
  readonly #byKey = new Map<string, Entry>();
  #nextId = FIRST_ID;

  get all(): Entry[] {
    return [...this.#byKey.values()];
  }

  get(key: PolicyKey): Entry | undefined {
    return this.#byKey.get(keyText(key));
  }

  /** Those of a file. */
  of(origin: string): Entry[] {
    return this.all.filter((entry) => entry.origin === origin);
  }

  /** An entry that is not among these yet. */
  create({ id = this.#nextId++, ...known }: EntryStart): Entry {
    const mode = known.policy === undefined ? "enforce" : firstMode(known.policy);
    return { id, ...known, mode, state: "loading", error: "" };
  }

  /** @throws PolicyError where there is no room for further ones. */
  checkRoom(count: number): void {
    if (this.#byKey.size + count <= MOST_POLICIES) return;
    throw new PolicyError("refused", `Cannot have more than ${MOST_POLICIES} policies`);
  }

  /**
   * Loads the policy of an entry, which takes the place of the one that has its key; one that is for other nodes is listed
   * only. @throws TetradError
   */
  load(engine: PolicyEngine, entry: Entry, policy: Policy, isEnabled = true): void {
    const key = keyText(entry);
    if (engine.isForHere(policy)) {
      engine.load(key, policy, { mode: engineMode(entry.mode), isEnabled });
      this.#setState(engine, entry, isEnabled);
    } else {
      const before = this.#byKey.get(key);
      if (before !== undefined && isLoaded(before)) engine.unload(key);
      entry.state = "skipped";
    }
    this.#byKey.set(key, entry);
  }

  /** Changes what the policy of an entry does that is loaded. */
  configure(engine: PolicyEngine, entry: Entry, mode: StatusMode, isEnabled: boolean): void {
    engine.configure(keyText(entry), { mode: engineMode(mode), isEnabled });
    entry.mode = mode;
    this.#setState(engine, entry, isEnabled);
  }

  #setState(engine: PolicyEngine, entry: Entry, isEnabled: boolean): void {
    const isWhole = engine.facts(keyText(entry)).hooks.every(({ state }) => state === "loaded");
    entry.state = !isEnabled ? "disabled" : isWhole ? "enabled" : "partially_enabled";
  }

  /** Lists an entry that could not be loaded. */
  fail(entry: Entry, error: unknown): Entry {
    entry.state = "load_error";
    entry.error = errorMessage(error);
    this.#byKey.set(keyText(entry), entry);
    if (entry.origin === "") this.#forgetFailed();
    return entry;
  }

  #forgetFailed(): void {
    const failed = this.of("").filter(({ state }) => state === "load_error");
    for (const entry of failed.slice(0, -MOST_FAILED)) this.#byKey.delete(keyText(entry));
  }

  /** Unloads it, if it is loaded, and forgets it. */
  remove(engine: PolicyEngine, entry: Entry): void {
    if (isLoaded(entry)) engine.unload(keyText(entry));
    this.#byKey.delete(keyText(entry));
  }

  /** The policy that a client names. @throws PolicyError */
  find({ domain, namespace, name }: PolicyName): Entry {
    const all = this.all.filter(
      (entry) =>
        entry.name === name && entry.namespace === namespace && (domain === "" || domain === entry.domain),
    );
    const entry = all.find((each) => each.domain === GRPC_DOMAIN) ?? (all.length === 1 ? all[0] : undefined);
    if (entry !== undefined) return entry;
    const what = describeKey({ domain, namespace, name });
    if (all.length === 0) throw new PolicyError("missing", `There is no policy ${what}`);
    const domains = all.map((each) => each.domain).join(", ");
    throw new PolicyError("invalid", `There are several policies ${what}: name a domain: ${domains}`);
  }
}
