/** @module `tetrad policy`, or `tetrad tracingpolicy`: tracing policies in files, and those of a running agent. */
import type { Command } from "./command.ts";
import { commandGroup } from "./group.ts";

const change = () => import("./policy/change.ts");
const loaded = () => import("./policy/list.ts");

export const policy = commandGroup(
  {
    check: async () => (await import("./policy/check.ts")).check,
    explain: async () => (await import("./policy/explain.ts")).explain,
    show: async () => (await import("./policy/show.ts")).show,
    list: async () => (await loaded()).list,
    add: async () => (await change()).add,
    delete: async () => (await change()).remove,
    enable: async () => (await change()).enable,
    disable: async () => (await change()).disable,
    "set-mode": async () => (await change()).setMode,
    modify: async () => (await change()).modify,
    domains: async () => (await loaded()).domains,
    generate: async () => (await import("./policy/generate.ts")).generate,
  },
  {
    summary: "Check and explain tracing policies; list, load and change those of a running agent.",
    details: ["tetrad tracingpolicy and tetrad tp, as tetra has them, are other names for it."],
    examples: [
      { does: "Find out what is wrong with a policy.", command: ["tetrad policy check policy.yaml"] },
      { does: "Find out what it would do.", command: ["tetrad policy explain policy.yaml"] },
      { does: "See what is loaded.", command: ["tetrad policy list"] },
    ],
  },
);

/** The same, by the name that `tetra` has for it. */
export const tracingpolicy: Command = {
  ...policy,
  help: {
    ...policy.help,
    summary: "The same as policy, by the name that tetra has for it.",
    details: ["tetrad tp is short for it."],
    examples: [{ does: "See what is loaded.", command: ["tetrad tracingpolicy list"] }],
  },
};
