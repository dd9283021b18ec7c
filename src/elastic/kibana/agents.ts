/** @module Dashboard: which agents there are, which were started anew, which are silent, and what they have lost. */
import { by, type Dashboard, EVENTS, type Metric, rowsOf } from "./panel.ts";
import { SEARCHES } from "./searches.ts";

const REFRESH = "cilium_tetragon.log.agent_refresh";
const LIMIT = "cilium_tetragon.log.rate_limit_info";
const HOSTS: Metric = { operation: "unique", field: "host.name", label: "Hosts" };
const LAST: Metric = { operation: "max", field: "@timestamp", label: "Last heard of" };

/** Since the agent's start. */
function dropped(reason: string, label: string): Metric {
  return { operation: "max", field: `${REFRESH}.${reason}`, label };
}

export const agents: Dashboard = {
  id: "agents",
  title: "Tetragon: agents",
  description: "Versions, restarts, silence and lost events.",
  panels: rowsOf([
    [
      14,
      [
        16,
        {
          id: "agents-versions",
          chart: "ranking",
          title: "Versions",
          query: "agent.version : *",
          metric: HOSTS,
          split: by("agent.version", "Version"),
        },
      ],
      [
        32,
        {
          id: "agents-starts",
          chart: "time",
          title: "Starts",
          query: "event.action : agent_init",
          metric: { operation: "count", label: "Starts" },
          split: by("host.name", "Host"),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "agents-hosts",
          chart: "table",
          title: "When each host was last heard of",
          query: "host.name : *",
          metric: EVENTS,
          splits: [by("host.name", "Host", 100)],
          more: [LAST],
        },
      ],
      [
        24,
        {
          id: "agents-stops",
          chart: "table",
          title: "Why agents stopped",
          query: "event.action : agent_stop",
          metric: { operation: "count", label: "Stops" },
          splits: [by("cilium_tetragon.log.agent_stop.stop_reason", "Reason", 5), by("host.name", "Host")],
        },
      ],
    ],
    [
      14,
      [
        32,
        {
          id: "agents-lost",
          chart: "table",
          title: "Events lost since the start, as agents report with --metadata-interval",
          query: "event.action : agent_refresh",
          metric: { operation: "count", label: "Reports" },
          splits: [by("host.name", "Host", 20), by("agent.ephemeral_id", "Start", 3)],
          more: [
            dropped("dropped_queue_full", "Queue full"),
            dropped("dropped_send_failed", "Not sent"),
            dropped("dropped_too_large", "Too large"),
            dropped("dropped_refused", "Refused"),
          ],
        },
      ],
      [
        16,
        {
          id: "agents-rate-limit",
          chart: "time",
          title: "Events left out by the rate limit",
          query: "event.action : rate_limit_info",
          metric: {
            operation: "sum",
            field: `${LIMIT}.number_of_dropped_process_events`,
            label: "Events",
          },
          split: by("host.name", "Host"),
        },
      ],
    ],
    [
      14,
      [
        48,
        {
          id: "agents-errors",
          chart: "time",
          title: "Events that could not be mapped",
          // What cannot be read does not say its host either.
          query: SEARCHES.errors.query,
          metric: EVENTS,
        },
      ],
    ],
    [18, [48, { chart: "search", search: SEARCHES.agents }]],
  ]),
};
