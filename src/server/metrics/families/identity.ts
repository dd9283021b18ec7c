/** @module Who is speaking: the fields of `agent_init` as labels. */
import { isObject } from "../../../lib/json/object.ts";
import { type Family, gauge } from "../family.ts";

/** Fields that say nothing that lasts, or nothing at all in a metric. */
const LEFT_OUT: ReadonlySet<string> = new Set(["event", "uptime", "sequence"]);
/** Prometheus' own labels, and how a name may not begin. */
const RESERVED = /^(?:__|job$|instance$)/;

/** @param introduction `agent_init`, as JSON. */
export function identityFamilies(introduction: Uint8Array, startedAt: number, isHealthy: boolean): Family[] {
  return [
    gauge("tetrad_agent_info", "Which agent this is: the metadata event of its start.", [
      { labels: labelsOf(introduction), value: 1 },
    ]),
    gauge(
      "tetrad_agent_start_time_seconds",
      "When the agent was started, in seconds since 1970.",
      startedAt / 1000,
    ),
    gauge("tetrad_agent_healthy", "Whether the agent runs, and all of its sources do.", isHealthy ? 1 : 0),
  ];
}

function labelsOf(introduction: Uint8Array): Record<string, string> {
  const event: unknown = JSON.parse(new TextDecoder().decode(introduction));
  const labels: Record<string, string> = {};
  if (!isObject(event)) return labels;
  for (const [field, value] of Object.entries(event)) {
    const name = field.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d)/, "_");
    const isLabel = !LEFT_OUT.has(field) && !field.startsWith("@") && !RESERVED.test(name);
    // Of fields whose names become the same, the first: those of the agent come before those that a user added.
    if (isLabel && !Object.hasOwn(labels, name) && (typeof value !== "object" || Array.isArray(value)))
      labels[name] = String(value).toWellFormed();
  }
  return labels;
}
