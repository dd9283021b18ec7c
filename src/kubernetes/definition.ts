/** @module What is declared of who says of which pods events are: the API server, the container runtime. */
import { definePart } from "../component/part.ts";
import { withoutEffect } from "../config/findings.ts";
import { kubernetesRows } from "./options.ts";

const KUBECONFIG = "k8s-kubeconfig-path";

export const kubernetes = definePart({
  type: "kubernetes",
  options: kubernetesRows,
  enabledBy: ["enable-k8s-api", "enable-cri"],
  unused: "Without --enable-k8s-api and --enable-cri",
  capabilities: [
    {
      name: "CAP_DAC_READ_SEARCH",
      until: "stop",
      why: "read tokens and keys that a kubeconfig of another user names, each time anew",
      when: ({ "k8s-kubeconfig-path": path, "enable-k8s-api": isAsked }) => isAsked && path !== "",
    },
  ],
  reads: ({ "k8s-kubeconfig-path": path }) => (path === "" ? [] : [path]),
  // Events about the agent are made at the same API server.
  isUsedElsewhere: (option, values) => option === KUBECONFIG && values["kubernetes-events"] === true,
  check({ values }) {
    const isEvents = (values as Readonly<Record<string, unknown>>)["kubernetes-events"] === true;
    const hasFile = !values["enable-k8s-api"] && !isEvents && values[KUBECONFIG] !== "";
    const hasEndpoint = !values["enable-cri"] && values["cri-endpoint"] !== "";
    return {
      warnings: [
        ...withoutEffect("Without --enable-k8s-api", hasFile ? [KUBECONFIG] : []),
        ...withoutEffect("Without --enable-cri", hasEndpoint ? ["cri-endpoint"] : []),
      ],
    };
  },
});
