/** @module The life of the sensor's policies: they are loaded at the start, and come, change and go as files and clients say. */
import type { ConsolaInstance } from "consola";
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import type { Policy } from "../../../policy/policy.ts";
import {
  type FileOutcome,
  type NamedText,
  type PolicyEngine,
  PolicyRegistry,
} from "../../../policy/registry/index.ts";
import type { ChangedFile, PolicyDirectory } from "./directory.ts";
import type { PolicyText } from "./files.ts";
import { loadKept, PolicyKeeper } from "./keeper.ts";
import { hasDirectory, type StartPolicies } from "./paths.ts";
import type { SensorPolicies } from "./policies.ts";

/** What {@link PolicyLife} goes by. */
export interface PolicyLifeSettings {
  /** @default none */
  readonly policyFiles?: StartPolicies;
  /** Further ones that are loaded at the start. @default none */
  readonly policies?: readonly Policy[];
}

/** Makes what loads policies, once. @throws TetradError `unsupported` */
type OpenPolicies = () => Promise<SensorPolicies>;

/** Why nothing changes while the agent runs. */
const NO_CHANGES = "--no-runtime-policies is set";

/** Begins with {@link start}, ends when disposed of; the policies themselves end with what loads them. */
export class PolicyLife implements Disposable {
  readonly registry: PolicyRegistry;
  readonly #files: StartPolicies | undefined;
  readonly #policies: readonly Policy[];
  readonly #log: ConsolaInstance;
  readonly #keeper: PolicyKeeper | undefined;
  #open: OpenPolicies | undefined;
  #loaded: readonly PolicyText[] = [];
  #directory: PolicyDirectory | undefined;

  constructor({ policyFiles, policies = [] }: PolicyLifeSettings, log: ConsolaInstance) {
    this.#files = policyFiles;
    this.#policies = policies;
    this.#log = log;
    const directory = policyFiles?.keptIn ?? "";
    this.#keeper = directory === "" ? undefined : new PolicyKeeper(directory, log);
    this.registry = new PolicyRegistry({
      engine: () => this.#engine(),
      refusal: () => this.#refusal,
      onChange: (what, { domain, namespace, name }) => log.warn(what, { policy: name, namespace, domain }),
      store: this.#keeper,
    });
  }

  /**
   * Loads what was kept, then the files of the directory, then those that were named. One that cannot be loaded does not
   * stop the others.
   * @throws TetradError `config` for the first one that cannot be loaded, where all must be.
   */
  async start(open: OpenPolicies): Promise<void> {
    this.#open = open;
    const files = this.#files;
    if (this.#policies.length > 0) await this.registry.addRead(this.#policies);
    if (this.#keeper !== undefined)
      for (const problem of await loadKept(this.registry, this.#keeper)) this.#fail(problem);
    if (files === undefined) return;
    if (!hasDirectory(files) && files.files.length === 0) return;
    const { readPolicyDirectory, readPolicyFiles } = await import("./files.ts");
    if (hasDirectory(files)) {
      const found = readPolicyDirectory(files.directory);
      if ("error" in found)
        this.#fail(`Cannot read the directory of policies "${files.directory}": ${found.error}`);
      else this.#loaded = found;
    }
    await this.#loadAll([...this.#loaded, ...readPolicyFiles(files.files)]);
  }

  /** From now on files that change count. To be called when the agent has given up its rights. */
  async begin(): Promise<void> {
    const files = this.#files;
    if (files === undefined || files.areFixed || !hasDirectory(files)) return;
    const { PolicyDirectory } = await import("./directory.ts");
    if (this.#open === undefined) return;
    const onChange = (changes: readonly ChangedFile[]) => void this.#apply(changes);
    const [path, loaded, log] = [files.directory, this.#loaded, this.#log];
    this.#directory = new PolicyDirectory({ path, loaded, log, onChange });
    this.#loaded = [];
  }

  /** Looks at the directory. */
  reload(): void {
    this.#directory?.look();
  }

  [Symbol.dispose](): void {
    this.#directory?.[Symbol.dispose]();
    this.#directory = undefined;
    this.#open = undefined;
  }

  get #refusal(): string | undefined {
    if (this.#files?.areFixed === true) return NO_CHANGES;
    return this.#open === undefined ? "the sensor does not run" : undefined;
  }

  async #engine(): Promise<PolicyEngine> {
    const { policyEngine } = await import("./index.ts");
    const open = this.#open;
    if (open === undefined)
      throw new TetradError("unsupported", "Cannot load policies: the sensor does not run");
    return policyEngine(await open());
  }

  async #loadAll(files: readonly PolicyText[]): Promise<void> {
    const texts = files.flatMap((file): NamedText[] => {
      if (!("error" in file)) return [{ file: file.path, text: file.text }];
      this.#fail(`Cannot read policy "${file.path}": ${file.error}`);
      return [];
    });
    if (texts.length === 0) return;
    for (const outcome of await this.registry.setFiles(texts)) this.#report(outcome);
  }

  async #apply(changes: readonly ChangedFile[]): Promise<void> {
    const log = this.#log;
    try {
      const outcomes = await this.registry.setFiles(changes.map(({ path, text }) => ({ file: path, text })));
      for (const { problems, warnings } of outcomes)
        for (const each of [...problems, ...warnings]) log.warn(each);
    } catch (error) {
      log.error("Cannot load policies", { error: errorMessage(error) });
      return;
    }
    log.info("Policies changed", { files: changes.map(({ path }) => path).join(",") });
  }

  #report({ problems, warnings }: FileOutcome): void {
    for (const problem of problems) this.#fail(problem);
    for (const warning of warnings) this.#log.warn(warning);
  }

  /** @throws TetradError where all must be loaded. */
  #fail(message: string): void {
    if (this.#files?.isStrict === true) throw new TetradError("config", message);
    this.#log.warn(message);
  }
}
