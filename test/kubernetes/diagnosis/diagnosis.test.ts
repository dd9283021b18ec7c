import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doctor } from "../../../src/cli/doctor.ts";
import { diagnoseCluster, type Finding } from "../../../src/kubernetes/diagnosis/index.ts";
import type { Network } from "../../../src/kubernetes/diagnosis/network.ts";
import { runCommand } from "../../cli/support.ts";
import { type ApiObject, FakeApiServer } from "../api-server.ts";

const NAMESPACE = "kube-system";
const LABELS = { "app.kubernetes.io/name": "tetragon", "app.kubernetes.io/instance": "tetragon" };

let server: FakeApiServer;
let directory: string;
let kubeconfig: string;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  server.intercept = ({ path }) =>
    path === "/version" ? { status: 200, body: { gitVersion: "v1.37.2" } } : undefined;
  directory = mkdtempSync(join(tmpdir(), "tetrad-diagnosis-"));
  kubeconfig = join(directory, "config");
  const config = {
    clusters: [{ name: "c", cluster: { server: server.url } }],
    contexts: [{ name: "x", context: { cluster: "c" } }],
    "current-context": "x",
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
});
afterEach(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function pod(
  name: string,
  more: { labels?: object; status?: object; args?: string[]; namespace?: string; image?: string } = {},
) {
  const { labels = LABELS, args = [], namespace = NAMESPACE, image = "tetrad:0.1.0" } = more;
  const status = more.status ?? { phase: "Running", containerStatuses: [{ name: "tetragon", ready: true }] };
  server.put("/api/v1/pods", {
    metadata: { name, namespace, labels },
    spec: {
      nodeName: `node-of-${name}`,
      hostNetwork: true,
      containers: [{ name: "export-stdout" }, { name: "tetragon", image, args }],
      volumes: [{ name: "tetragon-config", configMap: { name: "tetragon-config" } }],
    },
    status,
  } as ApiObject);
}

function config(data: Record<string, string>) {
  server.put("/api/v1/configmaps", { metadata: { name: "tetragon-config", namespace: NAMESPACE }, data });
}

function service(spec: object, name = "tetragon-grpc") {
  server.put("/api/v1/services", { metadata: { name, namespace: NAMESPACE }, spec });
}

function slice(addresses: string[], name = "tetragon-grpc", conditions = { ready: true }) {
  server.put("/apis/discovery.k8s.io/v1/endpointslices", {
    metadata: { name: `${name}-x`, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": name } },
    endpoints: addresses.map((address) => ({ addresses: [address], conditions })),
  });
}

/** What the agents say of themselves, through the API server. */
function metrics(name: string, text: string, port = 2112) {
  const before = server.intercept;
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}:${port}/proxy/metrics`;
  server.intercept = (request) => (request.path === path ? { status: 200, body: text } : before?.(request));
}

/** The Service of the cluster's DNS, by the label that CoreDNS has, whatever it is called. */
function dns(addresses: string[], name = "rke2-coredns") {
  const metadata = { name, namespace: NAMESPACE, labels: { "k8s-app": "kube-dns" } };
  server.put("/api/v1/services", { metadata, spec: {} });
  slice(addresses, name);
}

/** A cluster in which all is well; tests break one thing of it. */
function healthy() {
  server.put("/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  metrics("tetragon-1", "tetrad_sensor_records_lost_total 0\n");
  metrics("tetragon-2", 'tetrad_events_dropped_total{reason="filtered",intended="true"} 7\n');
  pod("tetragon-1");
  pod("tetragon-2");
  config({ "server-address": "0.0.0.0:54321", "metrics-server": ":2112" });
  service({
    selector: { "app.kubernetes.io/name": "tetragon" },
    ports: [{ name: "grpc", port: 54321, targetPort: 54321 }],
  });
  slice(["10.0.0.1", "10.0.0.2"]);
  dns(["10.0.0.53"]);
}

const REACHABLE: Network = { resolve: async () => "10.96.0.7", connect: async () => {} };

function diagnose(environment: Record<string, string> = {}, network = REACHABLE) {
  return diagnoseCluster({
    kubeconfig,
    environment,
    namespace: NAMESPACE,
    service: "tetragon-grpc",
    network,
  });
}

function faults(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ answer }) => answer === "no");
}

const IN_POD = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

describe("diagnoseCluster()", () => {
  test("finds nothing wrong where nothing is", async () => {
    healthy();
    const findings = await diagnose();
    expect(findings.map(({ name, answer }) => `${name}: ${answer}`)).toEqual([
      "API server: yes",
      "agents: yes",
      "version: yes",
      "gRPC address: yes",
      "Service: yes",
      "selector: yes",
      "port: yes",
      "endpoints: yes",
      "DNS: yes",
      "lost events: yes",
    ]);
  });

  test("names a namespace that there is none of, and where the agents are", async () => {
    healthy();
    server.delete("/api/v1/namespaces", NAMESPACE);
    server.put("/api/v1/namespaces", { metadata: { name: "security" } });
    expect(faults(await diagnose())).toMatchObject([
      { name: "namespace", found: 'there is no namespace "kube-system"' },
    ]);
    pod("tetragon-9", { namespace: "security" });
    for (const name of ["tetragon-1", "tetragon-2"]) server.delete("/api/v1/pods", name, NAMESPACE);
    expect(faults(await diagnose())[0]?.advice).toContain("--kubernetes-namespace=security");
  });

  test("names a DNS of the cluster that has no endpoints, whatever its Service is called", async () => {
    healthy();
    dns([]);
    const [found] = faults(await diagnose());
    expect(found).toMatchObject({ name: "DNS", found: expect.stringContaining('"rke2-coredns"') });
    server.delete("/api/v1/services", "rke2-coredns", NAMESPACE);
    expect((await diagnose()).find(({ name }) => name === "DNS")?.answer).toBe("unknown");
  });

  test.each([
    [
      "tetrad_sensor_records_lost_total 12\n",
      "12 events of 1 agents were lost in the kernel",
      "rb-size-total",
    ],
    [
      'tetrad_events_dropped_total{reason="invalid",intended="false"} 3\n',
      "3 events of 1 agents were lost in the agent",
      "log",
    ],
    [
      'tetrad_exporter_events_dropped_total{exporter="udp",reason="queue_full"} 5\n',
      "5 events of 1 agents were lost on their way out",
      "metrics.md",
    ],
  ])("names events that were lost: %j", async (text, found, advice) => {
    healthy();
    metrics("tetragon-2", text);
    const [first] = faults(await diagnose());
    expect(first).toMatchObject({ name: "lost events", found });
    expect(first?.advice).toContain(advice);
  });

  test("agents without metrics, or that may not be asked, are no fault", async () => {
    healthy();
    config({ "server-address": "0.0.0.0:54321", "metrics-server": "" });
    const lost = (findings: Finding[]) => findings.find(({ name }) => name === "lost events");
    expect(lost(await diagnose())).toMatchObject({
      answer: "unknown",
      found: expect.stringContaining("no metrics"),
    });
    config({ "server-address": "0.0.0.0:54321", "metrics-server": ":9999" });
    expect(lost(await diagnose())?.answer).toBe("unknown");
  });

  test("says that agents are of several versions, which is no fault while they roll", async () => {
    healthy();
    pod("tetragon-2", { image: "tetrad:0.2.0" });
    const findings = await diagnose();
    expect(faults(findings)).toEqual([]);
    const version = findings.find(({ name }) => name === "version");
    expect(version).toMatchObject({ answer: "unknown", found: "1 of tetrad:0.1.0, 1 of tetrad:0.2.0" });
  });

  test.each(["localhost:54321", "127.0.0.1:54321", "[::1]:54321", "unix:///var/run/tetragon/tetragon.sock"])(
    "names a server on %s",
    async (address) => {
      healthy();
      config({ "server-address": address });
      const [first] = faults(await diagnose());
      expect(first?.name).toBe("gRPC address");
      expect(first?.found).toStartWith(address);
      expect(first?.advice).toContain('tetragon.grpc.address to "0.0.0.0:54321"');
    },
  );

  test("a flag of the container counts more than the ConfigMap", async () => {
    healthy();
    pod("tetragon-1", { args: ["--config-dir=/x", "--server-address=localhost:54321"] });
    expect(faults(await diagnose())[0]?.name).toBe("gRPC address");
  });

  test("names a server that is closed beside UDP", async () => {
    healthy();
    config({ "server-address": "0.0.0.0:54321", "udp-output-enabled": "true" });
    expect(faults(await diagnose())[0]?.found).toContain("beside UDP the server is closed");
    config({ "server-address": "0.0.0.0:54321", "udp-output-enabled": "true", "grpc-enabled": "true" });
    expect(faults(await diagnose())).toEqual([]);
  });

  test("names the label in which the selector and the pods differ", async () => {
    healthy();
    service({ selector: { "app.kubernetes.io/name": "tetragon-agent" }, ports: [{ port: 54321 }] });
    slice([]);
    const found = faults(await diagnose());
    expect(found.map(({ name }) => name)).toEqual(["selector", "endpoints"]);
    expect(found[0]?.found).toBe(
      "matches 0 of 2 agents: the selector asks for app.kubernetes.io/name=tetragon-agent, tetragon-1 has tetragon",
    );
  });

  test("names endpoints that are not ready as none", async () => {
    healthy();
    slice(["10.0.0.1"], "tetragon-grpc", { ready: false });
    expect(faults(await diagnose()).map(({ name }) => name)).toEqual(["endpoints"]);
  });

  test("names a port that the server does not listen on", async () => {
    healthy();
    config({ "server-address": "0.0.0.0:54322" });
    expect(faults(await diagnose())[0]).toMatchObject({
      name: "port",
      found: "54321 leads to 54321, but the server listens on 54322",
    });
  });

  test("names a Service that is not there, and the one that is", async () => {
    healthy();
    server.delete("/api/v1/services", "tetragon-grpc", NAMESPACE);
    expect(faults(await diagnose())[0]).toMatchObject({ name: "Service" });
    service({ selector: LABELS, ports: [{ port: 54321 }] }, "agents");
    expect(faults(await diagnose())[0]?.advice).toContain("--kubernetes-service=agents");
  });

  test("names the agents that do not work, and why", async () => {
    healthy();
    const waiting = { state: { waiting: { reason: "ImagePullBackOff" } } };
    const status = { phase: "Pending", containerStatuses: [{ name: "tetragon", ready: false, ...waiting }] };
    pod("tetragon-2", { status });
    expect(faults(await diagnose())[0]?.found).toBe(
      "1 of 2 work; tetragon-2 on node node-of-tetragon-2: container tetragon: ImagePullBackOff",
    );
  });

  test("finds agents in another namespace", async () => {
    pod("tetragon-1", { namespace: "security" });
    expect(faults(await diagnose())[0]?.advice).toBe(
      "agents are in security: try --kubernetes-namespace=security",
    );
  });

  test("in a pod it asks for the name, and connects", async () => {
    healthy();
    const asked: unknown[] = [];
    const network = {
      resolve: async (name: string) => {
        asked.push(name);
        return "10.96.0.7";
      },
      connect: async (host: string, port: number) => {
        asked.push([host, port]);
      },
    };
    expect(faults(await diagnose(IN_POD, network))).toEqual([]);
    const host = "tetragon-grpc.kube-system.svc.cluster.local";
    expect(asked).toEqual([host, [host, 54321]]);
  });

  test("names a name that does not resolve, and a connection that is refused", async () => {
    healthy();
    const fails = (code: string) => async (): Promise<never> => {
      throw Object.assign(new Error(code), { code });
    };
    const unresolved = faults(await diagnose(IN_POD, { ...REACHABLE, resolve: fails("ENOTFOUND") }));
    expect(unresolved[0]).toMatchObject({ name: "DNS", advice: expect.stringContaining("right namespace") });
    const refused = faults(await diagnose(IN_POD, { ...REACHABLE, connect: fails("ECONNREFUSED") }));
    expect(refused[0]).toMatchObject({ name: "connection", found: expect.stringContaining("ECONNREFUSED") });
  });

  test("what may not be seen is not called a fault", async () => {
    healthy();
    server.intercept = ({ path }) =>
      path === "/version"
        ? { status: 200, body: { gitVersion: "v1.37.2" } }
        : { status: 403, body: { kind: "Status", message: "forbidden" } };
    const findings = await diagnose();
    expect(faults(findings)).toEqual([]);
    expect(findings.filter(({ answer }) => answer === "unknown").length).toBeGreaterThan(3);
  });

  test("an API server that does not answer is the first fault", async () => {
    await server.stop();
    expect(faults(await diagnose())).toMatchObject([{ name: "API server" }]);
  });
});

describe("tetrad doctor --kubernetes", () => {
  const run = (...more: string[]) =>
    runCommand(doctor, ["--kubernetes", `--k8s-kubeconfig-path=${kubeconfig}`, ...more], { env: {} });

  test("exits 0 where nothing is wrong, and 1 with the fault's name where something is", async () => {
    healthy();
    const good = await run();
    expect(good).toMatchObject({
      code: 0,
      out: expect.stringContaining("Nothing is wrong that can be seen from here."),
    });
    config({ "server-address": "localhost:54321" });
    const bad = await run();
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/^NO {2}gRPC address +localhost:54321: the server listens on localhost/m);
    expect(bad.out).toEndWith("What is wrong: gRPC address.\n");
  });

  test("shows what others say without its control characters", async () => {
    healthy();
    pod("tetragon-2", { status: { phase: "Failed", message: "\u001b[2Jall is well" } });
    const { out } = await run();
    expect(out).not.toContain("\u001b");
    expect(out).toContain("all is well");
  });

  test("looks into the namespace and at the Service that it is given", async () => {
    healthy();
    expect((await run("--kubernetes-service=other")).out).toContain(
      'there is no "other" in namespace "kube-system"',
    );
    expect((await run("--kubernetes-namespace=shop")).out).toContain('there is no namespace "shop"');
    server.put("/api/v1/namespaces", { metadata: { name: "shop" } });
    expect((await run("--kubernetes-namespace=shop")).out).toContain("agents are in kube-system");
  });

  test("refuses what can be no name of Kubernetes", async () => {
    for (const name of ["Kube_System", "a/b", ""])
      await expect(run(`--kubernetes-namespace=${name}`)).rejects.toThrow("expected a name of Kubernetes");
  });

  test("refuses flags that do nothing without it, and those that do nothing beside it", async () => {
    const alone = runCommand(doctor, ["--kubernetes-namespace=x", "--kubernetes-service=y"], { env: {} });
    await expect(alone).rejects.toThrow(
      "Cannot use --kubernetes-namespace: it needs --kubernetes\nCannot use --kubernetes-service: it needs --kubernetes",
    );
    await expect(run("--enable-network-events")).rejects.toThrow("does nothing beside --kubernetes");
  });
});
