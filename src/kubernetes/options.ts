/** @module Options of what is known of pods. */
import { boolean, checkedText, integer, path } from "../config/kind.ts";
import { optionRows } from "../config/option.ts";
import { ENDPOINT, socketOf } from "./cri/endpoint.ts";

const GROUP = "Kubernetes";

export const kubernetesRows = optionRows(() => ({
  "enable-k8s-api": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Ask the Kubernetes API server for the pods of this node, so that events say of which pod, container and workload a process is, and for the node's labels.",
  },
  "k8s-kubeconfig-path": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "kubeconfig by which the API server is found, from outside of a pod. Empty: the service account of the pod that the agent runs in.",
  },
  "enable-cri": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Ask the container runtime of this host (CRI v1) for pods and containers: in place of the Kubernetes API server, or, with --enable-k8s-api, for what that does not say yet.",
  },
  "cri-endpoint": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    placeholder: "ENDPOINT",
    kind: checkedText(ENDPOINT, (text) => text === "" || socketOf(text) !== undefined),
    default: "",
    description:
      "Socket of the container runtime: unix:///PATH. Empty: the first that answers of containerd's, CRI-O's and cri-dockerd's, and of containerd's in k3s, k0s and MicroK8s.",
  },
  "enable-pod-annotations": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Add the annotations of pods to events.",
  },
  "deleted-pod-cache-size": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1 }),
    default: "1024",
    description: "How many containers of pods that are gone are remembered: their last events come late.",
  },
  "event-cache-retries": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 0 }),
    default: "15",
    description:
      "With --event-cache-retry-delay, how long an event waits at most for a pod that is not known yet: so often, so long. Only events of the same process wait behind it.",
  },
  "event-cache-retry-delay": {
    group: GROUP,
    from: "tetragon",
    support: "used",
    placeholder: "SECONDS",
    kind: integer({ min: 0 }),
    default: "2",
    description: "Seconds; see --event-cache-retries. An event goes on as soon as its pod is known.",
  },
}));
