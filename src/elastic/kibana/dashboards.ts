/** @module All dashboards, in the order in which they are shown. */
import { agents } from "./agents.ts";
import { files } from "./files.ts";
import { network } from "./network.ts";
import { overview } from "./overview.ts";
import type { Chart, Dashboard } from "./panel.ts";
import { privileges } from "./privileges.ts";

export const DASHBOARDS: readonly Dashboard[] = [overview, network, privileges, files, agents];

/** Every chart of every dashboard. */
export function allCharts(): Chart[] {
  return DASHBOARDS.flatMap(({ panels }) =>
    panels.flatMap(({ content }) => (content.chart === "search" ? [] : [content])),
  );
}
