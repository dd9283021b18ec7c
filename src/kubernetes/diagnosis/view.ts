/** @module What the API server says of the agents and of the Service that leads to them. */
import * as v from "valibot";
import type { ApiClient, Query } from "../api/client.ts";
import { pathOf } from "../api/client.ts";
import { ApiError } from "../api/error.ts";
import { ConfigMap, DaemonSet, EndpointSlice, Namespace, Pod, Service, Version } from "./objects.ts";

/** The label that Tetragon's pods have, and the agent's. */
export const LABEL = "app.kubernetes.io/name";
export const LABEL_VALUE = "tetragon";

/** What was asked for, or why it cannot be seen. */
export type Seen<T> = { readonly value: T } | { readonly error: string };

/** What the cluster looks like. */
export interface ClusterView {
  readonly namespace: string;
  /** Whether the API server knows that namespace. */
  readonly hasNamespace: Seen<boolean>;
  /** Of the Service. */
  readonly serviceName: string;
  /** Agents of the namespace, by their label. */
  readonly pods: Seen<readonly Pod[]>;
  /** Other namespaces that have agents; only where this one has none. */
  readonly elsewhere: readonly string[];
  readonly daemonSets: Seen<readonly DaemonSet[]>;
  /** All of the namespace. */
  readonly services: Seen<readonly Service[]>;
  /** Of the Service. */
  readonly slices: Seen<readonly EndpointSlice[]>;
  /** Options of the agents' ConfigMap, by the names of their files. */
  readonly config: Seen<Readonly<Record<string, string>>>;
  /** The cluster's DNS, where there is a Service that says it is that, and how many addresses are ready. */
  readonly dns: Seen<{ readonly service: string; readonly ready: number } | undefined>;
}

/** The label of the Service of every usual DNS of clusters, CoreDNS among them. */
const DNS_LABEL = "k8s-app=kube-dns";

/** Asks for the version. @throws ApiError where nobody answers. */
export async function askVersion(client: ApiClient): Promise<string> {
  return parsed(Version, await client.request({ path: "/version" })).gitVersion;
}

/** Asks for everything; what is refused is seen as such. Nothing is changed. */
export async function viewCluster(
  client: ApiClient,
  namespace: string,
  serviceName: string,
): Promise<ClusterView> {
  const label = { labelSelector: `${LABEL}=${LABEL_VALUE}` };
  const list = <T>(
    group: string,
    plural: string,
    schema: v.GenericSchema<unknown, T>,
    query: Query,
    of?: string,
  ) =>
    seen(() =>
      listAll(client, pathOf(group, plural, of === undefined ? {} : { namespace: of }), schema, query),
    );
  const ofService = { labelSelector: `kubernetes.io/service-name=${serviceName}` };
  const dnsOf = async (): Promise<ClusterView["dns"]> => {
    const found = await list("", "services", Service, { labelSelector: DNS_LABEL }, "kube-system");
    if ("error" in found) return found;
    const dnsName = found.value[0]?.metadata.name;
    if (dnsName === undefined) return { value: undefined };
    const ofDns = { labelSelector: `kubernetes.io/service-name=${dnsName}` };
    const behind = await list("discovery.k8s.io/v1", "endpointslices", EndpointSlice, ofDns, "kube-system");
    if ("error" in behind) return behind;
    return { value: { service: dnsName, ready: readyAddresses(behind.value).length } };
  };
  const [hasNamespace, pods, daemonSets, services, slices, dns] = await Promise.all([
    askNamespace(client, namespace),
    list("", "pods", Pod, label, namespace),
    list("apps/v1", "daemonsets", DaemonSet, label, namespace),
    list("", "services", Service, {}, namespace),
    list("discovery.k8s.io/v1", "endpointslices", EndpointSlice, ofService, namespace),
    dnsOf(),
  ]);
  const isEmpty = "value" in pods && pods.value.length === 0;
  const everywhere = isEmpty ? await list("", "pods", Pod, label) : { value: [] };
  return {
    namespace,
    hasNamespace,
    serviceName,
    pods,
    daemonSets,
    services,
    slices,
    elsewhere: "value" in everywhere ? namespacesOf(everywhere.value) : [],
    config: await readConfigOf(client, pods),
    dns,
  };
}

/** Addresses that a Service leads to at present. */
export function readyAddresses(slices: readonly EndpointSlice[]): string[] {
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses);
}

async function seen<T>(ask: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { error: error.message };
  }
}

async function askNamespace(client: ApiClient, name: string): Promise<Seen<boolean>> {
  return seen(async () => {
    try {
      parsed(Namespace, await client.request({ path: pathOf("", "namespaces", { name }) }));
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  });
}

async function listAll<T>(
  client: ApiClient,
  path: string,
  schema: v.GenericSchema<unknown, T>,
  query: Query,
): Promise<T[]> {
  const answer = await client.request({ path, query: { ...query, limit: 500 } });
  const { items } = parsed(v.object({ items: v.nullable(v.array(v.unknown())) }), answer);
  return (items ?? []).flatMap((item) => {
    const result = v.safeParse(schema, item);
    return result.success ? [result.output] : [];
  });
}

async function readConfigOf(
  client: ApiClient,
  pods: Seen<readonly Pod[]>,
): Promise<Seen<Readonly<Record<string, string>>>> {
  const [pod] = "value" in pods ? pods.value : [];
  const name = pod?.spec.volumes?.find((volume) => volume.configMap?.name?.endsWith("-config"))?.configMap
    ?.name;
  if (pod === undefined || !name) return { value: {} };
  const namespace = pod.metadata.namespace ?? "default";
  return seen(async () => {
    const answer = await client.request({ path: pathOf("", "configmaps", { namespace, name }) });
    return parsed(ConfigMap, answer).data ?? {};
  });
}

/** @throws ApiError where the answer is no such object. */
function parsed<T>(schema: v.GenericSchema<unknown, T>, answer: unknown): T {
  const result = v.safeParse(schema, answer);
  if (result.success) return result.output;
  throw new ApiError("answer", `That is no answer of an API server: ${result.issues[0].message}`);
}

function namespacesOf(pods: readonly Pod[]): string[] {
  return [...new Set(pods.map(({ metadata }) => metadata.namespace ?? "default"))].sort();
}
