/** @module The validation steps of Elastic's document: does what makes events, and waits until they are in the index. */
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import type { Json } from "../asset.ts";
import type { StreamName } from "../stream-name.ts";
import type { Seen } from "./findings.ts";
import { IndexView, valueAt } from "./index-view.ts";
import { openConnection, type Probe, readFile, startWhoami } from "./probes.ts";

/** What the check is told. */
export interface CheckSettings {
  readonly cluster: Cluster;
  readonly name: StreamName;
  readonly target: { readonly host: string; readonly port: number } | undefined;
  /** How long events may take, milliseconds. */
  readonly waitMs: number;
  /** Takes a line of progress: what is waited for, since when. Milliseconds. */
  readonly progress: (waitsFor: readonly Probe[], elapsedMs: number) => void;
  /** @default those of the host */
  readonly now?: () => number;
}

const POLL_MS = 1000;
/** How often progress is said. */
const SAID_MS = 5000;
/** Clocks of hosts differ, and that of the kernel from that of the process. */
const CLOCK_SLACK_MS = 2000;
/** How far back errors are looked at. */
const ERRORS_MS = 15 * 60_000;
const REASONS = 3;

/** Does it. @throws ClusterError when the cluster does not answer. */
export async function check(settings: CheckSettings): Promise<Seen> {
  const { cluster, name, now = Date.now } = settings;
  const view = new IndexView(cluster, name.pattern);
  // What cannot be mapped tells more than what is missing.
  const errors = await errorsIn(view, now() - ERRORS_MS);
  const began = now();
  const probes = [await startWhoami(), await openConnection(settings.target), await readFile()];
  const events = await waitFor(view, probes, began, settings);
  return {
    probes: probes.map((probe) => ({ probe, event: events.get(probe) })),
    errors: events.size === probes.length ? errors : await errorsIn(view, now() - ERRORS_MS),
    newestAgeMs: await newestAge(view, now),
    dataset: name.dataset,
    lost: await lostIn(view),
  };
}

async function waitFor(
  view: IndexView,
  probes: readonly Probe[],
  began: number,
  { waitMs, progress, now = Date.now }: CheckSettings,
): Promise<Map<Probe, Json>> {
  const events = new Map<Probe, Json>();
  let said = Number.NEGATIVE_INFINITY;
  const since = sinceTime(began - CLOCK_SLACK_MS);
  for (;;) {
    for (const probe of probes) {
      if (events.has(probe)) continue;
      const hit = await view.newest([since, ...probe.filter]);
      if (hit !== undefined) events.set(probe, hit.source);
    }
    const missing = probes.filter((probe) => !events.has(probe));
    const elapsed = now() - began;
    if (missing.length === 0 || elapsed >= waitMs) return events;
    if (elapsed - said >= SAID_MS) {
      progress(missing, elapsed);
      said = elapsed;
    }
    await Bun.sleep(Math.min(POLL_MS, waitMs - elapsed));
  }
}

function sinceTime(milliseconds: number): Json {
  return { range: { "@timestamp": { gte: new Date(milliseconds).toISOString() } } };
}

async function errorsIn(view: IndexView, since: number): Promise<Seen["errors"]> {
  const filter = [{ term: { "event.kind": "pipeline_error" } }, sinceTime(since)];
  const { total, hits } = await view.some(filter, 20);
  const reasons = hits.flatMap(({ source }) => valueAt(source, "error.message") ?? []);
  return { total, reasons: [...new Set(reasons.map(String))].slice(0, REASONS) };
}

async function newestAge(view: IndexView, now: () => number): Promise<number | undefined> {
  const hit = await view.newest([]);
  const time = hit === undefined ? undefined : Date.parse(String(valueAt(hit.source, "@timestamp")));
  return time === undefined || Number.isNaN(time) ? undefined : now() - time;
}

/** What the newest report of an agent says that it has lost, for all reasons. */
async function lostIn(view: IndexView): Promise<number> {
  const hit = await view.newest([{ terms: { "event.action": ["agent_refresh", "agent_stop"] } }]);
  if (hit === undefined) return 0;
  const reasons = ["dropped_queue_full", "dropped_send_failed", "dropped_too_large", "dropped_refused"];
  let lost = 0;
  for (const event of ["agent_refresh", "agent_stop"]) {
    for (const reason of reasons)
      lost += Number(valueAt(hit.source, `cilium_tetragon.log.${event}.${reason}`) ?? 0);
  }
  return lost;
}
