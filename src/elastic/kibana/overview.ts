/** @module Dashboard: what happens, where, and by whom. */
import { by, type Dashboard, EVENTS, rowsOf } from "./panel.ts";
import { SEARCHES } from "./searches.ts";

export const overview: Dashboard = {
  id: "overview",
  title: "Tetragon: overview",
  description: "Rate of events by action; busiest binaries, pods and users.",
  panels: rowsOf([
    [
      6,
      [12, { id: "overview-events", chart: "number", title: "Events", query: "", metric: EVENTS }],
      [
        12,
        {
          id: "overview-hosts",
          chart: "number",
          title: "Hosts",
          query: "",
          metric: { operation: "unique", field: "host.name", label: "Hosts" },
        },
      ],
      [
        12,
        {
          id: "overview-pods",
          chart: "number",
          title: "Pods",
          query: "",
          metric: { operation: "unique", field: "orchestrator.resource.name", label: "Pods" },
        },
      ],
      [
        12,
        {
          id: "overview-errors",
          chart: "number",
          title: "Events that could not be mapped",
          query: "event.kind : pipeline_error",
          metric: EVENTS,
        },
      ],
    ],
    [
      14,
      [
        48,
        {
          id: "overview-actions",
          chart: "time",
          title: "Events by action",
          query: "",
          metric: EVENTS,
          split: by("event.action", "Action"),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "overview-binaries",
          chart: "ranking",
          title: "Busiest binaries",
          query: "process.executable : *",
          metric: EVENTS,
          split: by("process.executable", "Binary"),
        },
      ],
      [
        24,
        {
          id: "overview-users",
          chart: "ranking",
          title: "Busiest users",
          query: "user.id : *",
          metric: EVENTS,
          split: by("user.id", "User"),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "overview-busiest-pods",
          chart: "table",
          title: "Busiest pods",
          query: "orchestrator.resource.name : *",
          metric: EVENTS,
          splits: [by("orchestrator.namespace", "Namespace"), by("orchestrator.resource.name", "Pod")],
        },
      ],
      [
        24,
        {
          id: "overview-policies",
          chart: "ranking",
          title: "Policies",
          query: "rule.name : *",
          metric: EVENTS,
          split: by("rule.name", "Policy"),
        },
      ],
    ],
    [18, [48, { chart: "search", search: SEARCHES.all }]],
  ]),
};
