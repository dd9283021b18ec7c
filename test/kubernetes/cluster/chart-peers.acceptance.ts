/** The chart beside what others install in a cluster: cert-manager, the Prometheus operator, Tetragon's own chart, older versions of this one. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { CHART, parseManifests, readValues, valuesFile } from "../../charts/support.ts";
import { type Cluster, PEERS, startCluster } from "./peers.ts";

const TIMEOUT_MS = 300_000;
const DEFINITIONS = join(PEERS, "definitions");

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  for (const name of ["certificates", "podmonitors", "servicemonitors"])
    await cluster.ask(["kubectl", "create", "-f", join(DEFINITIONS, `${name}.yaml`)]);
}, TIMEOUT_MS);

afterAll(() => cluster?.stop(), TIMEOUT_MS);

const helm = (...args: string[]) => cluster.ask(["helm", ...args, "--namespace=kube-system"]);
const get = async (kind: string, name: string) =>
  JSON.parse(await cluster.ask(["kubectl", "get", kind, name, "-n", "kube-system", "-o", "json"]));

test(
  "a Certificate of cert-manager is taken by its definition, to the letter",
  async () => {
    const tls = "tetragon.grpc.tls.enabled=true,tetragon.grpc.tls.auto.method=certmanager";
    const issuer =
      "tetragon.grpc.tls.auto.certManagerIssuerRef.name=ca,tetragon.grpc.tls.auto.certManagerIssuerRef.kind=ClusterIssuer";
    const extra = "tetragon.grpc.tls.server.extraIpAddresses={192.0.2.1}";
    await helm("install", "cert", CHART, `--set=${tls}`, `--set=${issuer}`, `--set=${extra}`);
    const { spec } = await get("certificate", "cert-grpc-tls");
    expect(spec).toMatchObject({
      secretName: "cert-grpc-tls",
      issuerRef: { name: "ca", kind: "ClusterIssuer" },
      ipAddresses: ["192.0.2.1"],
      duration: "8760h",
    });
    expect(spec.dnsNames).toContain("tetragon-grpc.kube-system.svc.cluster.local");
    await strictly("cert", `--set=${tls}`, `--set=${issuer}`);
    await helm("uninstall", "cert");
  },
  TIMEOUT_MS,
);

test(
  "monitors of the Prometheus operator and a NetworkPolicy are taken, to the letter",
  async () => {
    const args = [
      "--values",
      valuesFile("document"),
      "--set=tetragon.prometheus.serviceMonitor.enabled=true,tetrad.podMonitor.enabled=true",
      "--set=tetrad.networkPolicy.enabled=true,tetrad.grpcService.enabled=true",
      '--set-json=tetrad.networkPolicy.grpcFrom=[{"podSelector":{"matchLabels":{"app":"elastic-agent"}}}]',
    ];
    await helm("install", "tetragon", CHART, ...args);
    const labels = (await get("service", "tetragon")).metadata.labels;
    expect(labels).toMatchObject((await get("servicemonitor", "tetragon")).spec.selector.matchLabels);
    const { template } = (await get("daemonset", "tetragon")).spec;
    const podMonitor = await get("podmonitor", "tetragon");
    expect(template.metadata.labels).toMatchObject(podMonitor.spec.selector.matchLabels);
    expect(podMonitor.spec.podMetricsEndpoints[0].portNumber).toBe(2112);
    for (const override of ["serviceLabelsOverride", "selectorLabelsOverride"]) {
      const labels = `${override}.app=agents,podLabelsOverride.app=agents`;
      const rendered = parseManifests(await helm("template", "tetragon", CHART, ...args, `--set=${labels}`));
      const [service] = rendered.filter(
        ({ kind, metadata }) => kind === "Service" && metadata.name === "tetragon",
      );
      const [monitor] = rendered.filter(({ kind }) => kind === "ServiceMonitor");
      const [agents] = rendered.filter(({ kind }) => kind === "DaemonSet");
      expect(service?.metadata.labels).toMatchObject(monitor?.spec.selector.matchLabels);
      if (override === "selectorLabelsOverride")
        expect(agents?.spec.template.metadata.labels).toMatchObject(service?.spec.selector);
    }
    const policy = await get("networkpolicy", "tetragon");
    expect(policy.spec.ingress.map(({ ports }: { ports: { port: number }[] }) => ports[0]?.port)).toEqual([
      54321, 2112, 6789,
    ]);
    await strictly("tetragon", ...args);
    await helm("uninstall", "tetragon");
  },
  TIMEOUT_MS,
);

/** Has the API server refuse fields that there are not. */
async function strictly(release: string, ...args: string[]): Promise<void> {
  const rendered = await helm("template", release, CHART, "--set=crds.installMethod=none", ...args);
  await cluster.ask(["kubectl", "apply", "--dry-run=server", "--validate=strict", "-f", "-"], rendered);
}

test(
  "certgen's Job has the rights that it needs, for its two Secrets, and no others",
  async () => {
    const tls =
      "tetragon.grpc.tls.enabled=true,tetragon.grpc.tls.auto.method=cronJob,tetragon.grpc.address=0.0.0.0:54321";
    await helm("install", "tetragon", CHART, `--set=${tls}`);
    const job = JSON.parse(await cluster.ask(["kubectl", "get", "jobs", "-n", "kube-system", "-o", "json"]))
      .items[0];
    const { containers, serviceAccountName } = job.spec.template.spec;
    const [{ args, env }] = containers;
    const [certificate] = parse(env[0].value).certs;
    expect(certificate.hosts).toContain("tetragon-grpc.kube-system.svc.cluster.local");
    const ca = args.find((argument: string) => argument.startsWith("--ca-secret-name=")).split("=")[1];
    // What cilium-certgen does with its token: both Secrets, made and later made anew.
    const token = (
      await cluster.ask(["kubectl", "create", "token", serviceAccountName, "-n", "kube-system"])
    ).trim();
    const { server, authority } = serverOf(cluster);
    const asJob = [
      "kubectl",
      `--server=${server}`,
      `--certificate-authority=${authority}`,
      `--token=${token}`,
      "--kubeconfig=/dev/null",
      "-n",
      "kube-system",
    ];
    const secret = (name: string, value: string) =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name },
        stringData: { "tls.crt": value, "tls.key": value, "ca.crt": value },
      });
    for (const name of [ca, certificate.name]) {
      expect((await cluster.run([...asJob, "get", "secret", name])).err).toContain("not found");
      await cluster.ask([...asJob, "create", "-f", "-"], secret(name, "one"));
      await cluster.ask([...asJob, "replace", "-f", "-"], secret(name, "two"));
    }
    for (const refused of [
      ["get", "secret", "other"],
      ["get", "secrets"],
      ["delete", "secret", ca],
      ["get", "pods"],
    ])
      expect([refused, (await cluster.run([...asJob, ...refused])).err]).toEqual([
        refused,
        expect.stringContaining("Forbidden"),
      ]);
    // The agent's pods mount the one that was made.
    const { volumes } = (await get("daemonset", "tetragon")).spec.template.spec;
    expect(volumes).toContainEqual(
      expect.objectContaining({ secret: expect.objectContaining({ secretName: certificate.name }) }),
    );
    // It goes on to run by itself, and an upgrade with the same values makes no second first one.
    expect((await get("cronjob", "tetragon-certgen")).spec.schedule).toBe("0 0 1 */4 *");
    await helm("upgrade", "tetragon", CHART, `--set=${tls}`);
    expect(
      JSON.parse(await cluster.ask(["kubectl", "get", "jobs", "-n", "kube-system", "-o", "json"])).items,
    ).toHaveLength(1);
    await helm("uninstall", "tetragon");
  },
  TIMEOUT_MS,
);

function serverOf({ kubeconfig }: Cluster): { readonly server: string; readonly authority: string } {
  const { clusters } = parse(readFileSync(kubeconfig, "utf8"));
  return { server: clusters[0].cluster.server, authority: clusters[0].cluster["certificate-authority"] };
}

/** A chart with these values and one template. */
function makeChart(name: string, version: string, values: object): string {
  const path = mkdtempSync(join(tmpdir(), `tetrad-chart-${name}-`));
  mkdirSync(join(path, "templates"));
  writeFileSync(join(path, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
  writeFileSync(join(path, "values.yaml"), JSON.stringify(values));
  const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tetragon-config}\n";
  writeFileSync(join(path, "templates/all.yaml"), map);
  return path;
}

test(
  "a release of Tetragon's chart is upgraded with --reuse-values: what was set stays, the rest is the defaults",
  async () => {
    const { tetrad: _, ...ofTetragon } = readValues();
    // An older one does not know all of its own either.
    const { deletedPodCacheSize: __, healthGrpc: ___, ...older } = ofTetragon.tetragon;
    const chart = makeChart("tetragon", "1.2.0", { ...ofTetragon, tetragon: older });
    await helm("install", "tetragon", chart, "--set=tetragon.grpc.address=0.0.0.0:54321,tetragon.debug=true");
    const notes = await helm("upgrade", "tetragon", CHART, "--reuse-values");
    expect(notes).not.toContain("WITHOUT EFFECT");
    const { data } = await get("configmap", "tetragon-config");
    expect(data).toMatchObject({
      "server-address": "0.0.0.0:54321",
      debug: "true",
      "health-server-address": ":6789",
      "deleted-pod-cache-size": "1024",
      "enable-tracing-policy-crd": "true",
    });
    const { containers } = (await get("daemonset", "tetragon")).spec.template.spec;
    expect(containers.map(({ image }: { image: string }) => image)).toEqual(["tetrad:0.1.0", "tetrad:0.1.0"]);
    rmSync(chart, { recursive: true });
    await helm("uninstall", "tetragon");
  },
  TIMEOUT_MS,
);

test(
  "an older version of this chart is upgraded with the values that it had",
  async () => {
    const older = mkdtempSync(join(tmpdir(), "tetrad-chart-older-"));
    cpSync(CHART, older, { recursive: true });
    const values = readValues();
    for (const name of [
      "networkPolicy",
      "kubernetesEvents",
      "stateDirectory",
      "terminationGracePeriodSeconds",
    ])
      delete values.tetrad[name];
    writeFileSync(join(older, "values.yaml"), JSON.stringify(values));
    await helm("install", "tetragon", older, "--set=tetrad.udp.enabled=true,tetrad.udp.port=9000");
    await helm("upgrade", "tetragon", CHART, "--reuse-values");
    expect((await get("configmap", "tetragon-config")).data).toMatchObject({ "udp-output-port": "9000" });
    expect((await get("daemonset", "tetragon")).spec.template.spec.terminationGracePeriodSeconds).toBe(10);
    // And back, as helm rollback does.
    await helm("rollback", "tetragon", "1");
    expect((await get("configmap", "tetragon-config")).data["udp-output-port"]).toBe("9000");
    rmSync(older, { recursive: true });
    await helm("uninstall", "tetragon");
  },
  TIMEOUT_MS,
);

test(
  "what helm get manifest says is what the API server has: nothing was defaulted away or renamed",
  async () => {
    await helm("install", "tetragon", CHART, "--values", valuesFile("document"));
    for (const { kind, metadata } of parseManifests(await helm("get", "manifest", "tetragon")))
      await cluster.ask(["kubectl", "get", kind, metadata.name, "-n", "kube-system"]);
    const { code, out } = await cluster.run(
      ["kubectl", "diff", "-f", "-"],
      await helm("get", "manifest", "tetragon"),
    );
    expect([code, out]).toEqual([0, ""]);
    await helm("uninstall", "tetragon");
  },
  TIMEOUT_MS,
);
