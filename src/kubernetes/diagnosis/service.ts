/** @module Whether the Service leads to the agents: selector, port, endpoints. */
import { serverAddress } from "./agents.ts";
import { type Finding, fault, good, unseen } from "./finding.ts";
import type { Pod, Service } from "./objects.ts";
import { type ClusterView, readyAddresses } from "./view.ts";

const DEFAULT_PORT = 54321;

/** The Service itself, what it selects, its port, and where it leads. */
export function diagnoseService(view: ClusterView): Finding[] {
  const { services, serviceName, namespace } = view;
  if ("error" in services) return [unseen("Service", services.error)];
  const service = services.value.find(({ metadata }) => metadata.name === serviceName);
  if (service === undefined) return [missing(view, services.value)];
  return [
    good("Service", `"${serviceName}" in namespace "${namespace}"`),
    diagnoseSelector(service, view),
    diagnosePort(service, view),
    diagnoseEndpoints(view),
  ];
}

function missing({ serviceName, namespace, pods }: ClusterView, services: readonly Service[]): Finding {
  const agents = "value" in pods ? pods.value : [];
  const others = services.filter(
    ({ spec }) =>
      spec.ports?.some(({ port }) => port === DEFAULT_PORT) &&
      agents.some((pod) => mismatches(spec.selector ?? {}, pod).length === 0),
  );
  const [other] = others;
  return fault(
    "Service",
    `there is no "${serviceName}" in namespace "${namespace}"`,
    other === undefined
      ? "set tetrad.grpcService.enabled to true in the values of the chart, or apply a tetragon-service.yaml"
      : `"${other.metadata.name}" leads to the agents: try --kubernetes-service=${other.metadata.name}`,
  );
}

function diagnoseSelector({ spec }: Service, { pods, namespace }: ClusterView): Finding {
  const name = "selector";
  const selector = spec.selector ?? {};
  const text = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  if (text.length === 0)
    return fault(
      name,
      "the Service selects nothing",
      "give it the selector app.kubernetes.io/name: tetragon",
    );
  if ("error" in pods) return unseen(name, pods.error);
  const [first] = pods.value;
  if (first === undefined) return unseen(name, `${text.join(",")}: there are no agents to select`);
  const matched = pods.value.filter((pod) => mismatches(selector, pod).length === 0).length;
  if (matched === pods.value.length) return good(name, `${text.join(",")} matches ${matched} agents`);
  const unlike = pods.value.find((pod) => mismatches(selector, pod).length > 0) ?? first;
  return fault(
    name,
    `matches ${matched} of ${pods.value.length} agents: ${mismatches(selector, unlike).join("; ")}`,
    `kubectl get pods --show-labels -n ${namespace} shows the labels; correct the selector of the Service`,
  );
}

function mismatches(selector: Readonly<Record<string, string>>, { metadata }: Pod): string[] {
  return Object.entries(selector).flatMap(([key, value]) => {
    const label = metadata.labels?.[key];
    if (label === value) return [];
    return [
      `the selector asks for ${key}=${value}, ${metadata.name} has ${label === undefined ? "no such label" : label}`,
    ];
  });
}

function diagnosePort({ spec }: Service, view: ClusterView): Finding {
  const name = "port";
  const ports = spec.ports ?? [];
  const port =
    ports.find((one) => one.name === "grpc") ?? ports.find((one) => one.port === DEFAULT_PORT) ?? ports[0];
  if (port === undefined) return fault(name, "the Service has no port", `give it port ${DEFAULT_PORT}`);
  const address = serverAddress(view) ?? "";
  const listens = address.startsWith("unix:")
    ? undefined
    : Number(/:(\d+)$/.exec(address)?.[1] ?? Number.NaN);
  const target = targetOf(port, view);
  if (target === undefined)
    return fault(
      name,
      `targetPort "${port.targetPort}" is the name of no port of the container`,
      "write its number",
    );
  if (listens === undefined || Number.isNaN(listens)) return unseen(name, `${port.port} leads to ${target}`);
  if (target === listens) return good(name, `${port.port} leads to ${target}, where the server listens`);
  return fault(
    name,
    `${port.port} leads to ${target}, but the server listens on ${listens}`,
    `set targetPort to ${listens}`,
  );
}

function targetOf(
  { port, targetPort }: { readonly port: number; readonly targetPort?: number | string | null | undefined },
  { pods }: ClusterView,
): number | undefined {
  if (typeof targetPort !== "string") return targetPort || port;
  const containers = "value" in pods ? pods.value.flatMap(({ spec }) => spec.containers) : [];
  return containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === targetPort)
    ?.containerPort;
}

function diagnoseEndpoints({ slices, serviceName, namespace }: ClusterView): Finding {
  const name = "endpoints";
  if ("error" in slices) return unseen(name, slices.error);
  const addresses = readyAddresses(slices.value);
  if (addresses.length > 0)
    return good(
      name,
      `${addresses.length}: ${addresses.slice(0, 3).join(", ")}${addresses.length > 3 ? ", ..." : ""}`,
    );
  return fault(
    name,
    `Service "${serviceName}" has no endpoints: it leads to nobody`,
    `the selector matches no agent that works, see above; kubectl get endpointslices -n ${namespace}`,
  );
}
