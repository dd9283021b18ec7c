/** @module Options of Kubernetes Events about the agent. */
import { boolean, duration, path } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const kubernetesEventsRows = optionRows(() => ({
  "kubernetes-events": {
    group: "Kubernetes",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Make Kubernetes Events about the agent, on its Node and its Pod: that it starts, was started again, has changed, stops, that its sensor does not work as it should, that a policy cannot be loaded (docs/kubernetes.md).",
  },
  "kubernetes-events-state": {
    group: "Kubernetes",
    from: "tetrad",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that remembers from one start to the next what the agent, its configuration and the kernel were, so that Events can say what has changed. Empty: each start is a first one.",
  },
  "kubernetes-events-jitter": {
    group: "Kubernetes",
    from: "tetrad",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 0, max: 600_000 }),
    default: "30s",
    description:
      "How long an Event may wait at most before it is sent, each a random time, so that the agents of a large cluster that all start at once do not all call the API server at once.",
  },
}));
