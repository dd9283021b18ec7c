/** @module What is declared of Kubernetes Events about the agent. */
import { definePart } from "../../component/part.ts";
import { kubernetesEventsRows } from "../options/kubernetes-events.ts";

const STATE = "kubernetes-events-state";

export const kubernetesEvents = definePart({
  type: "kubernetes-events",
  options: kubernetesEventsRows,
  enabledBy: ["kubernetes-events"],
  unused: "Without --kubernetes-events",
  writes: (values) => (values[STATE] === "" ? [] : [{ path: values[STATE], option: STATE }]),
});
