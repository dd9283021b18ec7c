/** @module `tetrad tracingpolicy`: the tracing policies of a running agent. */
import { commandGroup } from "./group.ts";

const change = () => import("./tracingpolicy/change.ts");
const show = () => import("./tracingpolicy/list.ts");

export const tracingpolicy = commandGroup(
  {
    list: async () => (await show()).list,
    add: async () => (await change()).add,
    delete: async () => (await change()).remove,
    enable: async () => (await change()).enable,
    disable: async () => (await change()).disable,
    "set-mode": async () => (await change()).setMode,
    modify: async () => (await change()).modify,
    domains: async () => (await show()).domains,
    generate: async () => (await import("./tracingpolicy/generate.ts")).generate,
  },
  {
    summary: "List, load and change the tracing policies of a running Tetragon.",
    details: [
      "tetrad tp is another name for it. This version of tetrad has no tracing policies of its own: as a server it refuses these commands and says so.",
    ],
    examples: [
      { does: "See what is loaded.", command: ["tetrad tracingpolicy list"] },
      { does: "Load a policy.", command: ["tetrad tracingpolicy add policy.yaml"] },
    ],
  },
);
