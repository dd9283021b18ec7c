/** @module The registry: one change after another. */

import { tick } from "../../lib/tick.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { formatFinding } from "../document/finding.ts";
import type { Policy } from "../policy.ts";
import type { ContainerFigures, StartingContainer } from "../workload.ts";
import { type PolicyChange, type PolicyControl, PolicyError, type PolicyName } from "./control.ts";
import type { PolicyEngine } from "./engine.ts";
import { Entries } from "./entries.ts";
import { describeKey, type Entry, isLoaded, keyOf, keyText, statusOf } from "./entry.ts";
import { type FileOutcome, removeFile, setFile } from "./file.ts";
import { FILES, OBJECTS, type Origin } from "./origin.ts";
import {
  GRPC_DOMAIN,
  KUBERNETES_DOMAIN,
  type PolicyKey,
  type PolicyStatus,
  STATIC_DOMAIN,
  type StatusMode,
} from "./status.ts";

/** Keeps what clients brought for the next run. */
export interface PolicyStore {
  put(key: PolicyKey, kept: KeptPolicy): void;
  remove(key: PolicyKey): void;
}

/** A policy that a client brought. */
export interface KeptPolicy {
  /** All that the client said, of which this policy may be a part. */
  readonly text: string;
  readonly isEnabled: boolean;
  readonly mode: StatusMode;
}

/** What {@link PolicyRegistry} is given. */
export interface RegistrySettings {
  /** Gives what loads policies, which is made when it is first needed. @throws TetradError */
  readonly engine: () => Promise<PolicyEngine>;
  /** Why policies cannot change any more; `undefined` where they can. */
  readonly refusal: () => string | undefined;
  /** Hears of what clients change. @default nobody does */
  readonly onChange?: (what: string, key: PolicyKey) => void;
  /** @default nothing is kept */
  readonly store?: PolicyStore | undefined;
}

/** A file, and what is in it. */
export interface NamedText {
  readonly file: string;
  readonly text: string | undefined;
}

/** Names of domains that clients may make. */
const DOMAIN = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/;
/** What a text is called in findings that no file holds. */
const CLIENT_FILE = "policy";

/** All policies of an agent. */
export class PolicyRegistry implements PolicyControl {
  readonly #settings: RegistrySettings;
  readonly #entries = new Entries();
  #engine: PolicyEngine | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  list(domain = ""): PolicyStatus[] {
    const entries = this.#entries.all.filter((entry) => domain === "" || entry.domain === domain);
    return entries.map((entry) =>
      statusOf(entry, isLoaded(entry) ? this.#engine?.facts(keyText(entry)) : undefined),
    );
  }

  get domains(): readonly string[] {
    const used = this.#entries.all.map(({ domain }) => domain);
    return [...new Set([STATIC_DOMAIN, GRPC_DOMAIN, ...used])].sort();
  }

  add(text: string, domain: string): Promise<void> {
    return this.#change(async (engine) => {
      const policies = readAll(engine, text);
      // Nobody else reads it again.
      const kept = this.#settings.store === undefined ? "" : text;
      const from = { text: kept, origin: "", domain: checkDomain(domain) };
      this.#entries.checkRoom(policies.length);
      const added = await this.#addAll(engine, policies, from);
      for (const entry of added) {
        this.#keep(entry);
        this.#settings.onChange?.("Policy added by a client", entry);
      }
    });
  }

  delete(name: PolicyName): Promise<void> {
    return this.#change(async (engine) => {
      const entry = this.#entries.find(name);
      const wasLoaded = isLoaded(entry);
      if (wasLoaded) engine.unload(keyText(entry));
      entry.state = "unloading";
      this.#settings.store?.remove(entry);
      if (wasLoaded) await engine.drained();
      this.#entries.remove(engine, entry);
      this.#settings.onChange?.("Policy deleted by a client", entry);
    });
  }

  async begin(container: StartingContainer): Promise<void> {
    // Policies that are being loaded look for all that there is by then.
    await this.#engine?.begin(container);
  }

  get containers(): ContainerFigures | undefined {
    return this.#engine?.containers;
  }

  configure(name: PolicyName, change: PolicyChange): Promise<void> {
    return this.#change(async (engine) => {
      const entry = this.#entries.find(name);
      if (!isLoaded(entry))
        throw new PolicyError(
          "refused",
          `Cannot configure policy ${describeKey(entry)}: ${entry.state === "skipped" ? "it is for other nodes" : `it could not be loaded: ${entry.error}`}`,
        );
      const mode = newMode(entry, change);
      const wasEnabled = entry.state !== "disabled";
      const isEnabled = change.isEnabled ?? wasEnabled;
      this.#entries.configure(engine, entry, mode, isEnabled);
      this.#keep(entry);
      this.#settings.onChange?.("Policy configured by a client", entry);
      if (wasEnabled && !isEnabled) await engine.drained();
    });
  }

  /**
   * Loads policies that a client brought to an earlier run.
   * @param kept Those of the text that are loaded, and what they do.
   * @throws TetradError
   */
  restore(
    text: string,
    domain: string,
    kept: readonly (KeptPolicy & { readonly key: PolicyKey })[],
  ): Promise<void> {
    const keptFor = (key: PolicyKey) => kept.find((each) => keyText(each.key) === keyText(key));
    return this.#inTurn(async (engine) => {
      const policies = readAll(engine, text).filter((policy) => keptFor(keyOf(policy, domain)));
      for (const entry of await this.#addAll(engine, policies, { text, origin: "", domain })) {
        if (!isLoaded(entry)) continue;
        const { mode, isEnabled } = keptFor(entry)!;
        const isFixed = mode === "monitor_only" || entry.mode === "monitor_only";
        this.#entries.configure(engine, entry, isFixed ? entry.mode : mode, isEnabled);
      }
    });
  }

  /** Loads policies that were read already. @throws PolicyError */
  addRead(policies: readonly Policy[]): Promise<void> {
    const from = { text: "", origin: "", domain: STATIC_DOMAIN };
    return this.#inTurn(async (engine) => {
      engine.expect(policies);
      await this.#addAll(engine, policies, from);
      engine.expect([]);
    });
  }

  /**
   * Has the policies of files be those of their texts, without a gap: see {@link setFile}. Of a file that is gone the text
   * is `undefined`: what has come in its place is loaded before its policies go.
   */
  setFiles(files: readonly NamedText[]): Promise<FileOutcome[]> {
    return this.#set(files, FILES);
  }

  /** The same of objects of Kubernetes, by their {@link objectName}. */
  setObjects(objects: readonly NamedText[]): Promise<FileOutcome[]> {
    return this.#set(objects, OBJECTS);
  }

  #set(files: readonly NamedText[], origin: Origin): Promise<FileOutcome[]> {
    return this.#inTurn(async (engine) => {
      const read = files.flatMap(({ file, text }) =>
        text === undefined ? [] : [{ file, text, ...engine.read(text, file) }],
      );
      engine.expect(read.flatMap(({ policies }) => policies).filter(({ node }) => node === undefined));
      const gone = new Set(files.flatMap(({ file, text }) => (text === undefined ? [file] : [])));
      const change = { entries: this.#entries, engine, origin, gone };
      const outcomes: FileOutcome[] = [];
      for (const each of read) outcomes.push(await setFile(change, each));
      for (const file of gone) await removeFile(change, file);
      engine.expect([]);
      return outcomes;
    });
  }

  /** All of them or none, but that one which cannot be loaded is listed. @throws PolicyError */
  async #addAll(
    engine: PolicyEngine,
    policies: readonly Policy[],
    from: Pick<Entry, "text" | "origin" | "domain">,
  ): Promise<Entry[]> {
    for (const policy of policies) this.#refuseExisting(keyOf(policy, from.domain));
    const added: Entry[] = [];
    for (const policy of policies) {
      const entry = this.#entries.create({ ...keyOf(policy, from.domain), ...from, policy });
      try {
        this.#entries.load(engine, entry, policy);
        added.push(entry);
        await tick();
      } catch (cause) {
        if (!(cause instanceof TetradError)) throw cause;
        for (const other of added) this.#entries.remove(engine, other);
        this.#entries.fail(entry, cause);
        const message = `Cannot load policy ${describeKey(entry)}: ${errorMessage(cause)}`;
        throw new PolicyError("refused", message, { cause });
      }
    }
    return added;
  }

  #keep(entry: Entry): void {
    if (entry.domain === STATIC_DOMAIN) return;
    const { text, mode } = entry;
    this.#settings.store?.put(entry, { text, mode, isEnabled: entry.state !== "disabled" });
  }

  #refuseExisting(key: PolicyKey): void {
    const present = this.#entries.get(key);
    if (present === undefined || present.state === "load_error" || present.state === "skipped") return;
    throw new PolicyError("exists", `Cannot load policy ${describeKey(key)}: there is one of that name`);
  }

  /** A change that a client asks for. */
  async #change(work: (engine: PolicyEngine) => Promise<void>): Promise<void> {
    const refusal = this.#settings.refusal();
    if (refusal !== undefined) throw new PolicyError("refused", `Cannot change policies: ${refusal}`);
    try {
      await this.#inTurn(work);
    } catch (cause) {
      if (cause instanceof PolicyError || !(cause instanceof TetradError)) throw cause;
      throw new PolicyError("refused", cause.message, { cause });
    }
  }

  #inTurn<T>(work: (engine: PolicyEngine) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      this.#engine ??= await this.#settings.engine();
      return work(this.#engine);
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

/** All policies of a text. @throws PolicyError unless it is right */
function readAll(engine: PolicyEngine, text: string): readonly Policy[] {
  const { policies, findings } = engine.read(text, CLIENT_FILE);
  const errors = findings.filter(({ severity }) => severity === "error").map(formatFinding);
  if (errors.length > 0) throw new PolicyError("invalid", errors.join("; "));
  return policies;
}

/** @throws PolicyError */
function newMode(entry: Entry, change: PolicyChange): StatusMode {
  if (change.mode === undefined || change.mode === entry.mode) return entry.mode;
  if (entry.mode !== "monitor_only") return change.mode;
  const what = describeKey(entry);
  throw new PolicyError(
    "refused",
    `Cannot set the mode of policy ${what}: nothing in it enforces, it is monitor only`,
  );
}

/** The domain that a client's policies go to. @throws PolicyError */
function checkDomain(domain: string): string {
  if (domain === "") return GRPC_DOMAIN;
  const what = `Cannot add to domain ${JSON.stringify(domain.slice(0, 80))}`;
  if (domain === STATIC_DOMAIN || domain === KUBERNETES_DOMAIN)
    throw new PolicyError("invalid", `${what}: its policies do not come from clients`);
  if (!DOMAIN.test(domain))
    throw new PolicyError("invalid", `${what}: expected lower-case letters, digits, - and .`);
  return domain;
}
