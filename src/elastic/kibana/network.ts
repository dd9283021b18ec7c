/** @module Dashboard: who speaks to whom, and what failed. */
import { by, type Dashboard, EVENTS, rowsOf } from "./panel.ts";
import { SEARCHES } from "./searches.ts";

const CONNECTS = "event.action : socket_connect";
const FAILED = "event.action : socket_connect and event.outcome : failure";

export const network: Dashboard = {
  id: "network",
  title: "Tetragon: network",
  description: "Destinations, listeners, and connections that failed.",
  panels: rowsOf([
    [
      14,
      [
        32,
        {
          id: "network-actions",
          chart: "time",
          title: "Network events by action",
          query: "event.category : network",
          metric: EVENTS,
          split: by("event.action", "Action"),
        },
      ],
      [
        16,
        {
          id: "network-transports",
          chart: "ranking",
          title: "Transport",
          query: "network.transport : *",
          metric: EVENTS,
          split: by("network.transport", "Transport", 5),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "network-destinations",
          chart: "ranking",
          title: "Destinations",
          query: `${CONNECTS} and destination.ip : *`,
          metric: { operation: "count", label: "Connections" },
          split: by("destination.ip", "Destination"),
        },
      ],
      [
        24,
        {
          id: "network-ports",
          chart: "ranking",
          title: "Destination ports",
          query: `${CONNECTS} and destination.port : *`,
          metric: { operation: "count", label: "Connections" },
          split: by("destination.port", "Port"),
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "network-failed",
          chart: "time",
          title: "Failed connections",
          query: FAILED,
          metric: { operation: "count", label: "Connections" },
          split: by("process.executable", "Binary"),
        },
      ],
      [
        24,
        {
          id: "network-failed-destinations",
          chart: "table",
          title: "Where connections failed",
          query: FAILED,
          metric: { operation: "count", label: "Connections" },
          splits: [
            by("process.executable", "Binary"),
            by("destination.ip", "Destination"),
            by("destination.port", "Port", 5),
          ],
        },
      ],
    ],
    [
      14,
      [
        24,
        {
          id: "network-processes",
          chart: "table",
          title: "Who connects where",
          query: `${CONNECTS} and destination.ip : *`,
          metric: { operation: "count", label: "Connections" },
          splits: [
            by("process.executable", "Binary"),
            by("destination.ip", "Destination"),
            by("destination.port", "Port", 5),
          ],
        },
      ],
      [
        24,
        {
          id: "network-listeners",
          chart: "table",
          title: "Who listens",
          query: "event.action : socket_listen",
          metric: EVENTS,
          splits: [by("host.name", "Host"), by("process.executable", "Binary"), by("source.port", "Port", 5)],
        },
      ],
    ],
    [18, [48, { chart: "search", search: SEARCHES.connects }]],
  ]),
};
