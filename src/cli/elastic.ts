/** @module `tetrad elastic`: sets Elasticsearch or OpenSearch up for events, and checks that they arrive. */
import { commandGroup } from "./group.ts";

export const elastic = commandGroup(
  {
    setup: async () => (await import("./elastic/setup.ts")).setup,
    check: async () => (await import("./elastic/check.ts")).check,
  },
  {
    summary: "Set Elasticsearch, OpenSearch and Kibana up for events, and check that they arrive.",
    details: [
      "Both commands read the agent's configuration: what says where the cluster is need not be said again.",
    ],
    examples: [
      {
        does: "Make everything that events and dashboards need.",
        command: [
          "tetrad elastic setup --elasticsearch-hosts=http://localhost:9200 \\",
          "  --kibana-url=http://localhost:5601",
        ],
      },
      { does: "See that events arrive, and if not, why.", command: ["sudo tetrad elastic check"] },
    ],
  },
);
