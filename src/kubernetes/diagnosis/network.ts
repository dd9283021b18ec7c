/** @module Whether the name of the Service resolves, and somebody answers there. */
import { lookup } from "node:dns/promises";
import { createConnection } from "node:net";
import { codeOrText } from "../../os/caught.ts";
import { type Finding, fault, good, unseen } from "./finding.ts";
import type { ClusterView } from "./view.ts";

const TIMEOUT_MS = 5000;

/** How the network is asked. */
export interface Network {
  /** @throws Error with a `code` where the name does not resolve. */
  resolve(name: string): Promise<string>;
  /** @throws Error with a `code` where there is no connection. */
  connect(host: string, port: number): Promise<void>;
}

/** This host's. */
export const HOST_NETWORK: Network = {
  async resolve(name) {
    return (await lookup(name)).address;
  },
  connect(host, port) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = createConnection({ host, port, timeout: TIMEOUT_MS }, () => resolve());
    socket.on("timeout", () => reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    socket.on("error", reject);
    return promise.finally(() => socket.destroy());
  },
};

/** The name that clients of the cluster use. */
export function serviceHost({ serviceName, namespace }: ClusterView): string {
  return `${serviceName}.${namespace}.svc.cluster.local`;
}

/** @param isInside Whether this is a pod: only there cluster names resolve. */
export async function diagnoseNetwork(
  view: ClusterView,
  isInside: boolean,
  network: Network,
): Promise<Finding[]> {
  const host = serviceHost(view);
  if (!isInside) return [diagnoseDnsFromOutside(view, host)];
  const port = portOf(view);
  try {
    const address = await network.resolve(host);
    return [good("DNS", `${host} is ${address}`), await diagnoseConnection(host, port, network)];
  } catch (error) {
    return [
      fault(
        "DNS",
        `${host} does not resolve: ${codeOrText(error)}`,
        `is "${view.namespace}" the right namespace, and does this pod ask the cluster's DNS? On the host's network that takes dnsPolicy: ClusterFirstWithHostNet`,
      ),
    ];
  }
}

function diagnoseDnsFromOutside({ dns }: ClusterView, host: string): Finding {
  const only = `whether ${host} resolves can be seen in a pod only`;
  if ("error" in dns) return unseen("DNS", dns.error);
  if (dns.value === undefined)
    return unseen("DNS", `no Service in kube-system says that it is the cluster's DNS; ${only}`);
  const { service, ready } = dns.value;
  if (ready > 0) return good("DNS", `Service "${service}" has ${ready} endpoints; ${only}`);
  return fault(
    "DNS",
    `Service "${service}", the cluster's DNS, has no endpoints: no name of the cluster resolves`,
    "kubectl -n kube-system get pods -l k8s-app=kube-dns",
  );
}

function portOf({ services, serviceName }: ClusterView): number {
  const list = "value" in services ? services.value : [];
  const ports = list.find(({ metadata }) => metadata.name === serviceName)?.spec.ports ?? [];
  return (ports.find(({ name }) => name === "grpc") ?? ports[0])?.port ?? 54321;
}

async function diagnoseConnection(host: string, port: number, network: Network): Promise<Finding> {
  try {
    await network.connect(host, port);
    return good("connection", `${host}:${port} takes connections`);
  } catch (error) {
    const code = codeOrText(error);
    const advice =
      code === "ECONNREFUSED"
        ? "the server listens on localhost only, or on another port: see above"
        : "a NetworkPolicy or a firewall is in between, or there are no endpoints: see above";
    return fault("connection", `${host}:${port}: ${code}`, advice);
  }
}
