/** @module The life of the sensor's policies: they are loaded at the start, and come, change and go as files and clients say. */
import { existsSync } from "node:fs";
import type { ConsolaInstance } from "consola";
import type { ApiClient } from "../../../kubernetes/index.ts";
import { errorMessage } from "../../../os/caught.ts";
import type { UserIdentity } from "../../../os/drop-privileges.ts";
import { TetradError } from "../../../os/error.ts";
import type { NodeLabels } from "../../../pipeline/enrich/container.ts";
import type { Policy } from "../../../policy/policy.ts";
import {
  type FileOutcome,
  type NamedText,
  type PolicyEngine,
  PolicyRegistry,
} from "../../../policy/registry/index.ts";
import { InternalErrors } from "../../../telemetry/internal-errors.ts";
import type { SourceSettings } from "../../source.ts";
import type { ClusterPolicies } from "./cluster.ts";
import type { ChangedFile, PolicyDirectory } from "./directory.ts";
import type { PolicyText } from "./files.ts";
import { loadKept, PolicyKeeper } from "./keeper.ts";
import { keepKernelFiles } from "./kernel-files.ts";
import { hasDirectory, isDefaultDirectory, pinDirectory, type StartPolicies } from "./paths.ts";
import type { PinnedLinks } from "./pinned-links.ts";
import type { SensorPolicies } from "./policies.ts";

/** What {@link PolicyLife} goes by. */
export interface PolicyLifeSettings {
  /** @default none */
  readonly policyFiles?: StartPolicies;
  /** Further ones that are loaded at the start. @default none */
  readonly policies?: readonly Policy[];
  /** Asks for the policies of the cluster. @default there are none */
  readonly policyClient?: ApiClient | undefined;
  /** Labels of this node. @default nobody knows */
  readonly nodeLabels?: NodeLabels | undefined;
  /** Whether the agent does what `GetUrl` and `DnsLookup` ask for. @default false */
  readonly policyRequests?: boolean | undefined;
  /** Whom the agent will change to. @default nobody else */
  readonly user?: UserIdentity | undefined;
}

/** Who hears of what is wrong. */
type LifeOutput = Pick<SourceSettings, "log" | "counters">;

/**
 * Makes what loads policies, once.
 * @param pins Keeps them when the agent has ended. @default they end with it
 * @throws TetradError `unsupported`
 */
type OpenPolicies = (pins?: PinnedLinks) => Promise<SensorPolicies>;

/** Why nothing changes while the agent runs. */
const NO_CHANGES = "--no-runtime-policies is set";

/** Begins with {@link start}, ends when disposed of; the policies themselves end with what loads them. */
export class PolicyLife implements Disposable {
  readonly registry: PolicyRegistry;
  readonly #files: StartPolicies | undefined;
  readonly #policies: readonly Policy[];
  readonly #log: ConsolaInstance;
  readonly #internalErrors: InternalErrors;
  readonly #keeper: PolicyKeeper | undefined;
  readonly #user: UserIdentity | undefined;
  #pins: PinnedLinks | undefined;
  #open: OpenPolicies | undefined;
  #kernelFiles: Disposable | undefined;
  #loaded: readonly PolicyText[] = [];
  #directory: PolicyDirectory | undefined;
  readonly #client: ApiClient | undefined;
  readonly #nodeLabels: NodeLabels | undefined;
  readonly #makesRequests: boolean;
  #cluster: ClusterPolicies | undefined;

  constructor(
    { policyFiles, policies = [], policyClient, nodeLabels, policyRequests, user }: PolicyLifeSettings,
    { log, counters }: LifeOutput,
  ) {
    this.#internalErrors = new InternalErrors(counters, log);
    this.#user = user;
    this.#files = policyFiles;
    this.#policies = policies;
    this.#client = policyClient;
    this.#nodeLabels = nodeLabels;
    this.#makesRequests = policyRequests === true;
    this.#log = log;
    const directory = policyFiles?.keptIn ?? "";
    this.#keeper = directory === "" ? undefined : new PolicyKeeper(directory, log, user);
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
    if (this.#refusal === undefined) this.#kernelFiles = await keepKernelFiles();
    await this.#openPins();
    try {
      await this.#loadStart();
      await this.#endEarlier();
    } catch (error) {
      this.#pins?.[Symbol.dispose]();
      this.#kernelFiles?.[Symbol.dispose]();
      throw error;
    }
  }

  async #openPins(): Promise<void> {
    const programs = this.#files?.programs;
    if (programs?.keeps !== true) return;
    const { PinnedLinks } = await import("./pinned-links.ts");
    this.#pins = new PinnedLinks({ kept: programs, user: this.#user, log: this.#log });
  }

  /** Ends what an earlier run has left, now that what takes its place is attached. */
  async #endEarlier(): Promise<void> {
    const programs = this.#files?.programs;
    if (this.#pins !== undefined) this.#pins.takeOver();
    else if (programs !== undefined && existsSync(pinDirectory(programs)))
      (await import("./pinned-links.ts")).releaseKept(programs, this.#log);
  }

  async #loadStart(): Promise<void> {
    const files = this.#files;
    if (this.#policies.length > 0) await this.registry.addRead(this.#policies);
    if (this.#keeper !== undefined)
      for (const problem of await loadKept(this.registry, this.#keeper)) this.#fail(problem);
    if (files === undefined) return;
    if (!hasDirectory(files) && files.files.length === 0) return;
    const { PolicyReader } = await import("./files.ts");
    const reader = new PolicyReader();
    if (hasDirectory(files)) {
      const found = reader.readDirectory(files.directory);
      if ("error" in found)
        this.#fail(`Cannot read the directory of policies "${files.directory}": ${found.error}`);
      else this.#loaded = found;
    }
    await this.#loadAll([...this.#loaded, ...reader.read(files.files)]);
  }

  /** From now on files that change count, and objects of the cluster. To be called when the agent has given up its rights. */
  async begin(): Promise<void> {
    await Promise.all([this.#watchDirectory(), this.#watchCluster()]);
  }

  async #watchCluster(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    if (this.#files?.areFixed === true) {
      this.#log.warn(`Policies of the cluster are not loaded: ${NO_CHANGES}`);
      return;
    }
    const { ClusterPolicies } = await import("./cluster.ts");
    if (this.#open === undefined) return;
    this.#cluster = new ClusterPolicies({
      client,
      registry: this.registry,
      log: this.#log,
      nodeLabels: this.#nodeLabels,
    });
    this.#cluster.start();
  }

  async #watchDirectory(): Promise<void> {
    const files = this.#files;
    if (files === undefined || files.areFixed || files.directory === "") return;
    const { PolicyDirectory } = await import("./directory.ts");
    if (this.#open === undefined) return;
    const onChange = (changes: readonly ChangedFile[]) => void this.#apply(changes);
    const [path, loaded, log] = [files.directory, this.#loaded, this.#log];
    const mayBeMissing = isDefaultDirectory(files);
    this.#directory = new PolicyDirectory({ path, mayBeMissing, loaded, log, onChange });
    this.#loaded = [];
  }

  /** Looks at the directory. */
  reload(): void {
    this.#directory?.look();
  }

  [Symbol.dispose](): void {
    this.#kernelFiles?.[Symbol.dispose]();
    this.#kernelFiles = undefined;
    this.#directory?.[Symbol.dispose]();
    this.#directory = undefined;
    void this.#cluster?.stop();
    this.#cluster = undefined;
    this.#open = undefined;
    this.#pins?.[Symbol.dispose]();
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
    return policyEngine(await open(this.#pins), (error) => this.#internalErrors.report(error), {
      nodeLabels: this.#nodeLabels,
      makesRequests: this.#makesRequests,
      warn: (message) => this.#log.warn(message),
    });
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
