/** The chart on a real API server, by Helm: from a repository, installed, upgraded, taken away. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CASES, CHART, goldenFile, valuesFile } from "../../charts/support.ts";
import { type Cluster, startCluster } from "./peers.ts";

const TIMEOUT_MS = 300_000;
const DOCUMENT = valuesFile("document");

/** What of Tetragon's chart an upgrade meets: names, labels and selector are as its templates make them. */
const TETRAGON = `
apiVersion: v1
kind: ConfigMap
metadata: {name: tetragon-config, namespace: kube-system}
data: {procfs: /procRoot, export-filename: /var/log/tetragon/tetragon.log}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: tetragon, namespace: kube-system}
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: tetragon, app.kubernetes.io/instance: tetragon}
  template:
    metadata:
      labels: {app.kubernetes.io/name: tetragon, app.kubernetes.io/instance: tetragon, app.kubernetes.io/component: agent}
    spec:
      containers:
        - {name: export-stdout, image: "hubble-export-stdout:v1.1.1"}
        - {name: tetragon, image: "tetragon:v1.7.0"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: tetragon-operator, namespace: kube-system}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: tetragon-operator}}
  template:
    metadata: {labels: {app.kubernetes.io/name: tetragon-operator}}
    spec: {containers: [{name: operator, image: "tetragon-operator:v1.7.0"}]}
`;

let cluster: Cluster;
let repository: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  cluster = await startCluster();
  const directory = join(cluster.directory, "repository");
  mkdirSync(directory);
  await cluster.ask(["helm", "package", CHART, "--destination", directory]);
  await cluster.ask(["helm", "repo", "index", directory]);
  repository = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => new Response(Bun.file(join(directory, new URL(url).pathname))),
  });
  await cluster.ask(["helm", "repo", "add", "tetrad", `http://127.0.0.1:${repository.port}`]);
}, TIMEOUT_MS);

afterAll(async () => {
  repository?.stop(true);
  await cluster?.stop();
}, TIMEOUT_MS);

const helm = (...args: string[]) => cluster.ask(["helm", ...args, "--namespace=kube-system"]);
const get = async (kind: string, name: string) =>
  JSON.parse(await cluster.ask(["kubectl", "get", kind, name, "-n", "kube-system", "-o", "json"]));

describe("the chart", () => {
  test.each(CASES)(
    "what is rendered for %s is what kubernetes-validate --strict takes",
    async (name) => {
      const { code, out, err } = await cluster.run([
        "kubernetes-validate",
        "--strict",
        goldenFile(`${name}.yaml`),
      ]);
      // Of the Prometheus operator's it has no schema.
      const said = `${out}${err}`
        .split("\n")
        .filter((line) => line !== "" && !/INFO|monitoring\.coreos\.com/.test(line));
      expect([code, said]).toEqual([0, []]);
    },
    TIMEOUT_MS,
  );

  test(
    "is installed from a repository with the document's values, and says what to try next",
    async () => {
      const notes = await helm("install", "tetragon", "tetrad/tetrad", "--values", DOCUMENT);
      expect(notes).toContain('kubectl exec -it POD -- /bin/sh -c "whoami"');
      expect(notes).not.toContain("WITHOUT EFFECT");
      const { data } = await get("configmap", "tetragon-config");
      expect(data["server-address"]).toBe("0.0.0.0:54321");
    },
    TIMEOUT_MS,
  );

  test(
    "is upgraded: the DaemonSet stays the same one, its pods are made anew, definitions stay",
    async () => {
      const before = await get("daemonset", "tetragon");
      const definition = await get("crd", "tracingpolicies.cilium.io");
      const notes = await helm("upgrade", "tetragon", "tetrad/tetrad", "--values", valuesFile("tetragon"));
      expect(notes).toContain("tetragon.grpc.adress: no such value");
      expect(notes).toContain("tetragon.image: it names Tetragon's agent");
      const after = await get("daemonset", "tetragon");
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.spec.template.metadata.annotations["checksum/configmap"]).not.toBe(
        before.spec.template.metadata.annotations["checksum/configmap"],
      );
      expect((await get("crd", "tracingpolicies.cilium.io")).metadata.uid).toBe(definition.metadata.uid);
    },
    TIMEOUT_MS,
  );

  test(
    "takes every case that is rendered",
    async () => {
      for (const name of CASES) {
        const values = ["--values", valuesFile(name), "--set=tetrad.podMonitor.enabled=false"];
        const noMonitors = [...values, "--set=tetragon.prometheus.serviceMonitor.enabled=false"];
        const release = name === "hooks" ? "hooks" : "tetragon";
        await helm("upgrade", "--install", release, "tetrad/tetrad", ...noMonitors);
      }
      await helm("uninstall", "hooks");
    },
    TIMEOUT_MS,
  );

  test(
    "keeps the certificate that it has made over an upgrade, and makes another one for another authority",
    async () => {
      const tls = [
        "--set=tetragon.grpc.tls.enabled=true",
        "--set=tetrad.grpcService.enabled=true",
        "--values",
        DOCUMENT,
      ];
      await helm("upgrade", "tetragon", "tetrad/tetrad", ...tls);
      const { data } = await get("secret", "tetragon-grpc-tls");
      await helm("upgrade", "tetragon", "tetrad/tetrad", ...tls);
      expect((await get("secret", "tetragon-grpc-tls")).data).toEqual(data);
      const directory = join(cluster.directory, "tls");
      mkdirSync(directory);
      const files = Object.entries(data as Record<string, string>).map(([name, text]) => {
        const path = join(directory, name);
        writeFileSync(path, Buffer.from(text, "base64"));
        return path;
      });
      const [ca, certificate] = [
        files.find((path) => path.endsWith("ca.crt")),
        files.find((path) => path.endsWith("tls.crt")),
      ];
      const host = "tetragon-grpc.kube-system.svc.cluster.local";
      await cluster.ask([
        "openssl",
        "verify",
        "-CAfile",
        `${ca}`,
        "-verify_hostname",
        host,
        `${certificate}`,
      ]);
      await cluster.ask(["kubectl", "delete", "secret", "tetragon-ca", "-n", "kube-system"]);
      await helm("upgrade", "tetragon", "tetrad/tetrad", ...tls);
      expect((await get("secret", "tetragon-grpc-tls")).data["tls.crt"]).not.toBe(data["tls.crt"]);
    },
    TIMEOUT_MS,
  );

  test(
    "signs with the authority that it is given",
    async () => {
      const base64 = (name: string) => readFileSync(join(cluster.directory, name)).toString("base64");
      const authority = `tetragon.grpc.tls.ca.cert=${base64("ca.crt")},tetragon.grpc.tls.ca.key=${base64("ca.key")}`;
      const tls = ["--set=tetragon.grpc.tls.enabled=true", `--set=${authority}`, "--values", DOCUMENT];
      await helm("upgrade", "tetragon", "tetrad/tetrad", ...tls);
      const { data } = await get("secret", "tetragon-grpc-tls");
      const certificate = join(cluster.directory, "own.crt");
      writeFileSync(certificate, Buffer.from(data["tls.crt"], "base64"));
      await cluster.ask(["openssl", "verify", "-CAfile", join(cluster.directory, "ca.crt"), certificate]);
    },
    TIMEOUT_MS,
  );

  test(
    "gives the account no more than it asks for",
    async () => {
      const may = async (...what: string[]) => {
        const account = "--as=system:serviceaccount:kube-system:tetragon";
        return (await cluster.run(["kubectl", "auth", "can-i", ...what, account, "-A"])).out.trim();
      };
      await helm("upgrade", "tetragon", "tetrad/tetrad", "--set=tetrad.kubernetesEvents.enabled=true");
      expect(await may("list", "pods")).toBe("yes");
      expect(await may("watch", "tracingpolicies.cilium.io")).toBe("yes");
      expect(await may("create", "events.events.k8s.io")).toBe("yes");
      for (const refused of [
        ["get", "secrets"],
        ["create", "pods"],
        ["update", "tracingpolicies.cilium.io"],
        ["delete", "events.events.k8s.io"],
        ["get", "configmaps"],
      ])
        expect([refused, await may(...refused)]).toEqual([refused, "no"]);
    },
    TIMEOUT_MS,
  );

  test(
    "refuses values that do nothing where it is to be strict",
    async () => {
      const args = [
        "upgrade",
        "tetragon",
        "tetrad/tetrad",
        "--set=tetrad.strict=true",
        "--namespace=kube-system",
      ];
      const { code, err } = await cluster.run(["helm", ...args, "--values", valuesFile("tetragon")]);
      expect(code).toBe(1);
      expect(err).toContain("tetrad.strict is set");
      const slip = await cluster.run(["helm", ...args, "--set=tetrad.udp.adress=x"]);
      expect(slip.err).toContain("adress");
    },
    TIMEOUT_MS,
  );

  test(
    "takes the place of a release of Tetragon's chart: the DaemonSet stays the same one, the operator goes",
    async () => {
      await helm("uninstall", "tetragon", "--ignore-not-found");
      const tetragon = join(cluster.directory, "tetragon");
      mkdirSync(join(tetragon, "templates"), { recursive: true });
      writeFileSync(join(tetragon, "Chart.yaml"), "apiVersion: v2\nname: tetragon\nversion: 1.7.0\n");
      writeFileSync(join(tetragon, "templates/all.yaml"), TETRAGON);
      await helm("install", "tetragon", tetragon);
      const before = await get("daemonset", "tetragon");
      await helm("upgrade", "tetragon", "tetrad/tetrad", "--values", DOCUMENT);
      expect((await get("daemonset", "tetragon")).metadata.uid).toBe(before.metadata.uid);
      expect((await get("daemonset", "tetragon")).spec.template.spec.containers[1].image).toBe(
        "tetrad:0.1.0",
      );
      const { code } = await cluster.run([
        "kubectl",
        "get",
        "deployment/tetragon-operator",
        "-n",
        "kube-system",
      ]);
      expect(code).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    "leaves definitions of others alone, and its own behind when it goes",
    async () => {
      await helm("uninstall", "tetragon");
      expect((await get("crd", "tracingpolicies.cilium.io")).metadata.name).toBe("tracingpolicies.cilium.io");
      const before = await get("crd", "tracingpolicies.cilium.io");
      await cluster.ask(["helm", "install", "other", "tetrad/tetrad", "--namespace=default"]);
      expect((await get("crd", "tracingpolicies.cilium.io")).metadata.resourceVersion).toBe(
        before.metadata.resourceVersion,
      );
      await cluster.ask(["helm", "uninstall", "other", "--namespace=default"]);
    },
    TIMEOUT_MS,
  );
});
