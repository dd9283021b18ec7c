/** @module Whether there are agents, and whether others reach their gRPC server. */
import { type Finding, fault, good, unseen } from "./finding.ts";
import type { Pod } from "./objects.ts";
import { type ClusterView, LABEL, LABEL_VALUE } from "./view.ts";

const AGENTS = "agents";
const ADDRESS = "gRPC address";
/** As many are named. */
const MAX_NAMED = 3;

/** Whether there is such a namespace; nothing where that cannot be seen: what is in it says so then. */
export function diagnoseNamespace({ namespace, hasNamespace, elsewhere }: ClusterView): Finding[] {
  if ("error" in hasNamespace || hasNamespace.value) return [];
  const [other] = elsewhere;
  const advice =
    other === undefined
      ? "kubectl get namespaces shows those that there are; --kubernetes-namespace names that of the agents"
      : `agents are in ${elsewhere.join(", ")}: try --kubernetes-namespace=${other}`;
  return [fault("namespace", `there is no namespace "${namespace}"`, advice)];
}

/** Whether all agents run. */
export function diagnoseAgents(view: ClusterView): Finding {
  const { pods, namespace } = view;
  if ("error" in pods) return unseen(AGENTS, pods.error);
  const { value } = pods;
  if (value.length === 0) return noAgents(view);
  const broken = value.flatMap((pod) => {
    const why = whyNotReady(pod);
    return why === undefined
      ? []
      : [`${pod.metadata.name} on node ${pod.spec.nodeName ?? "(none yet)"}: ${why}`];
  });
  const count = `${value.length - broken.length} of ${value.length} work`;
  if (broken.length === 0) return good(AGENTS, `${count} in namespace "${namespace}"`);
  const more = broken.length > MAX_NAMED ? `; and ${broken.length - MAX_NAMED} more` : "";
  const first = value.find((pod) => whyNotReady(pod) !== undefined)?.metadata.name;
  return fault(
    AGENTS,
    `${count}; ${broken.slice(0, MAX_NAMED).join("; ")}${more}`,
    `kubectl -n ${namespace} describe pod ${first}; kubectl -n ${namespace} logs ${first} -c tetragon`,
  );
}

function noAgents({ namespace, elsewhere, daemonSets }: ClusterView): Finding {
  const found = `no pod in namespace "${namespace}" has the label ${LABEL}=${LABEL_VALUE}`;
  const [other] = elsewhere;
  if (other !== undefined)
    return fault(AGENTS, found, `agents are in ${elsewhere.join(", ")}: try --kubernetes-namespace=${other}`);
  const [set] = "value" in daemonSets ? daemonSets.value : [];
  if (set === undefined)
    return fault(
      AGENTS,
      found,
      `kubectl get pods --show-labels -n ${namespace} shows what there is; charts/tetrad installs agents`,
    );
  const { name } = set.metadata;
  return set.status.desiredNumberScheduled === 0
    ? fault(
        AGENTS,
        found,
        `DaemonSet "${name}" is for no node: look at its nodeSelector, affinity and tolerations`,
      )
    : fault(
        AGENTS,
        found,
        `DaemonSet "${name}" makes none: kubectl -n ${namespace} describe daemonset ${name}`,
      );
}

function whyNotReady({ status }: Pod): string | undefined {
  const statuses = status.containerStatuses ?? [];
  for (const { name, ready, state, restartCount } of statuses) {
    if (ready) continue;
    const why = state?.waiting?.reason ?? state?.terminated?.reason ?? "not ready";
    return `container ${name}: ${why}${restartCount > 0 ? `, restarted ${restartCount} times` : ""}`;
  }
  if (status.phase === "Running" && statuses.length > 0) return undefined;
  return status.message || status.phase || "not started";
}

/** The address that the agents' gRPC server listens on: of the flag, the variable or the ConfigMap, in this order. */
export function serverAddress({ pods, config }: ClusterView): string | undefined {
  return optionOf("server-address", pods, config);
}

/** Whether others than the node itself reach the gRPC server. */
export function diagnoseAddress(view: ClusterView): Finding {
  const { pods, config } = view;
  if ("error" in config) return unseen(ADDRESS, config.error);
  if ("error" in pods || pods.value.length === 0)
    return unseen(ADDRESS, "there is no agent whose options could be read");
  const set = 'set tetragon.grpc.address to "0.0.0.0:54321" in the values of the chart, and helm upgrade';
  const address = serverAddress(view);
  const enabled = optionOf("grpc-enabled", pods, config);
  if (enabled === "false") return fault(ADDRESS, "--grpc-enabled is false: the server is closed", set);
  if (address === undefined) return fault(ADDRESS, "not set: the server listens on localhost only", set);
  if (address === "")
    return fault(ADDRESS, "the server is closed", `set tetragon.grpc.enabled to true; ${set}`);
  if (address.startsWith("unix:"))
    return fault(ADDRESS, `${address}: a socket that only the node itself reaches`, set);
  if (/^(localhost|127\.|\[::1\])/.test(address))
    return fault(
      ADDRESS,
      `${address}: the server listens on localhost, where only the node itself reaches it`,
      set,
    );
  if (optionOf("udp-output-enabled", pods, config) === "true" && enabled !== "true")
    return fault(
      ADDRESS,
      `${address}, but beside UDP the server is closed`,
      "set the option grpc-enabled to true",
    );
  return good(ADDRESS, address);
}

/** An option of the agents, as its flag, its variable or the ConfigMap says; `undefined` where none does. */
export function optionOf(
  name: string,
  pods: ClusterView["pods"],
  config: ClusterView["config"],
): string | undefined {
  const [pod] = "value" in pods ? pods.value : [];
  const agent = pod?.spec.containers.find((container) => container.name === "tetragon");
  const flag = `--${name}=`;
  const ofFlag = agent?.args?.findLast((argument) => argument.startsWith(flag))?.slice(flag.length);
  const variable = `TETRAGON_${name.toUpperCase().replaceAll("-", "_")}`;
  const ofVariable = agent?.env?.find((entry) => entry.name === variable)?.value || undefined;
  return ofFlag ?? ofVariable ?? ("value" in config ? config.value[name] : undefined);
}
