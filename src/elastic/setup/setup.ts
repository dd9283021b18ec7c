/** @module Sets a cluster up for events, and Kibana to show them: one step after the other, each said when it is done. */
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../lib/elasticsearch/error.ts";
import type { AssetSettings } from "../asset.ts";
import { assets } from "../assets.ts";
import { type Flavour, isAtLeast } from "../flavour.ts";
import { ownNames } from "../kibana/object.ts";
import { savedObjects } from "../kibana/objects.ts";
import { alertRules, kibanaRule, openSearchMonitor } from "../kibana/rules.ts";
import { type BringSettings, bring, type Outcome } from "./bring.ts";
import { differingFields } from "./current-mapping.ts";
import { createMonitor, createRule, importObjects, kibanaFacts } from "./kibana-client.ts";

/** What is set up, and where. */
export interface SetupSettings extends AssetSettings, BringSettings {
  readonly flavour: Flavour;
  /** Kibana or OpenSearch Dashboards, where it is to be set up, too. */
  readonly kibana: Cluster | undefined;
  /** Whether a data stream whose newest index has an older mapping gets a new one. */
  readonly isRolledOver: boolean;
  /** Whether rules that alert are made. */
  readonly hasRules: boolean;
}

/** One step that is done. */
export interface Step {
  readonly number: number;
  readonly of: number;
  readonly kind: string;
  readonly name: string;
  readonly outcome: string;
  /** Whether it could not be done; `outcome` says why. */
  readonly isRefused: boolean;
}

/** What a step is, and what it does. */
interface Task {
  readonly kind: string;
  readonly name: string;
  readonly run: () => Promise<{ readonly outcome: string; readonly isRefused?: boolean }>;
}

const REFUSALS: Readonly<Partial<Record<Outcome, string>>> = {
  foreign: "not ours: left alone (somebody else has made it; --force writes over it)",
  changed: "changed by others: left alone (put changes into the template @custom; --force writes over it)",
};

/**
 * Does it. A step that is refused does not keep the others from being done.
 * @param done Takes each step when it is over.
 * @throws ClusterError when a server does not answer.
 */
export async function setup(settings: SetupSettings, done: (step: Step) => void): Promise<void> {
  const tasks = [...serverTasks(settings), ...kibanaTasks(settings)];
  for (const [i, { kind, name, run }] of tasks.entries()) {
    const { outcome, isRefused = false } = await attempt(run);
    done({ number: i + 1, of: tasks.length, kind, name, outcome, isRefused });
  }
}

async function attempt(run: Task["run"]): ReturnType<Task["run"]> {
  try {
    return await run();
  } catch (error) {
    // The server has looked at it, and did not like it. Others it may.
    if (!(error instanceof ClusterError) || error.kind !== "answer") throw error;
    // A distribution of Elasticsearch without its modules. Only who ships raw events needs the pipeline.
    const lacks = /No processor type exists with name \[(?<name>\w+)\]/.exec(error.message)?.groups?.name;
    if (lacks !== undefined) return { outcome: `left out: the server has no processor "${lacks}"` };
    const hint = error.status === 401 || error.status === 403 ? " (a right is missing: docs/kibana.md)" : "";
    return { outcome: `refused: ${error.message}${hint}`, isRefused: true };
  }
}

function serverTasks(settings: SetupSettings): Task[] {
  const tasks = assets(settings, settings.flavour).map((asset) => ({
    kind: asset.kind,
    name: asset.name,
    async run() {
      const outcome = await bring(asset, settings);
      const refusal = REFUSALS[outcome];
      if (refusal !== undefined) return { outcome: refusal, isRefused: true };
      const isStream = asset.kind === "data stream" || asset.kind === "index";
      if (isStream && outcome === "up to date") return { outcome: await streamOutcome(settings) };
      return { outcome: outcome === "yours" ? "there already, yours to change" : said(outcome, settings) };
    },
  }));
  return tasks;
}

/** What becomes of a data stream, or an index, that is there already. */
async function streamOutcome(settings: SetupSettings): Promise<string> {
  const { cluster, flavour, name, isDryRun, isRolledOver } = settings;
  const differing = await differingFields(cluster, settings, flavour);
  if (differing.length === 0) return "up to date";
  const what = `the mapping of its newest index is another one (${differing.length} fields, ${differing[0]} among them)`;
  if (!flavour.hasDataStreams) return `there already, and ${what}: only a new index takes the template's`;
  if (!isRolledOver || isDryRun)
    return `there already, and ${what}: the next one will have the template's; --rollover begins it now`;
  await cluster.json("POST", `/${encodeURIComponent(name.index)}/_rollover`);
  return "rolled over: a new index has the mapping of the template";
}

/** What is done, or would be. */
function said(outcome: string, { isDryRun }: SetupSettings): string {
  const isDone = outcome === "up to date";
  return isDryRun && !isDone ? `would be ${outcome}` : outcome;
}

function kibanaTasks(settings: SetupSettings): Task[] {
  const { kibana, name, flavour, hasRules } = settings;
  const rules = hasRules ? alertRules(name) : [];
  const monitors =
    flavour.distribution === "opensearch" ? rules.map((rule) => monitorTask(rule, settings)) : [];
  if (kibana === undefined) return monitors;
  const objects: Task = {
    kind: "saved objects",
    name: "dashboards, searches, data view",
    run: () => importTask(kibana, settings),
  };
  if (flavour.distribution === "opensearch") return [objects, ...monitors];
  return [
    objects,
    ...rules.map((rule) => ({
      kind: "alert rule",
      name: rule.name,
      async run() {
        const { isKibana, version } = await kibanaFacts(kibana);
        const [major, minor] = rule.kibana;
        if (!isKibana || !isAtLeast(version, major, minor))
          return { outcome: `left out: needs Kibana ${major}.${minor} or later, this is ${version}` };
        if (settings.isDryRun) return { outcome: "would be created" };
        const isNew = await createRule(kibana, rule.uuid, kibanaRule(rule));
        return { outcome: isNew ? "created" : "there already, yours to change" };
      },
    })),
  ];
}

function monitorTask(rule: ReturnType<typeof alertRules>[number], settings: SetupSettings): Task {
  return {
    kind: "alert monitor",
    name: rule.name,
    async run() {
      if (settings.isDryRun) return { outcome: "would be created" };
      try {
        const monitor = openSearchMonitor(rule, settings.name);
        const isNew = await createMonitor(settings.cluster, rule.name, monitor);
        return { outcome: isNew ? "created" : "there already, yours to change" };
      } catch (error) {
        const isAbsent = error instanceof ClusterError && (error.status === 400 || error.status === 405);
        if (isAbsent) return { outcome: "left out: the server has no alerting plugin" };
        throw error;
      }
    },
  };
}

async function importTask(kibana: Cluster, settings: SetupSettings): ReturnType<Task["run"]> {
  const { reader, version } = await kibanaFacts(kibana);
  const objects = savedObjects(ownNames(settings.name), reader);
  if (settings.isDryRun) return { outcome: `${objects.length} would be imported into version ${version}` };
  const { imported, kept, problems } = await importObjects(kibana, objects, settings.isForced);
  const parts = [
    ...(imported > 0 ? [`${imported} imported`] : []),
    ...(kept > 0 ? [`${kept} there already: left alone (--force writes over them)`] : []),
    ...problems,
  ];
  return { outcome: parts.join("; "), isRefused: problems.length > 0 };
}
