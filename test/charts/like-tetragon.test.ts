/** What Tetragon's chart (1.7) renders for the same values, by its templates: names, labels, volumes, mounts, security context, options. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { goldenFile, type Manifest, only, parseManifests } from "./support.ts";

const rendered = (name: string) => parseManifests(readFileSync(goldenFile(`${name}.yaml`), "utf8"));

/** Of the release "tetragon" in kube-system. */
const VOLUMES = {
  "cilium-run": { hostPath: { path: "/var/run/cilium", type: "DirectoryOrCreate" } },
  "tetragon-run": { hostPath: { path: "/var/run/tetragon", type: "DirectoryOrCreate" } },
  "export-logs": { hostPath: { path: "/var/log/tetragon", type: "DirectoryOrCreate" } },
  "tetragon-config": { configMap: { name: "tetragon-config" } },
  "bpf-maps": { hostPath: { path: "/sys/fs/bpf", type: "DirectoryOrCreate" } },
  "host-proc": { hostPath: { path: "/proc", type: "Directory" } },
};

const MOUNTS = [
  { name: "tetragon-config", mountPath: "/etc/tetragon/tetragon.conf.d/", readOnly: true },
  { name: "bpf-maps", mountPath: "/sys/fs/bpf", mountPropagation: "Bidirectional" },
  { name: "cilium-run", mountPath: "/var/run/cilium" },
  { name: "tetragon-run", mountPath: "/var/run/tetragon" },
  { name: "export-logs", mountPath: "/var/log/tetragon" },
  { name: "host-proc", mountPath: "/procRoot" },
];

/** Options that Tetragon writes with any values, and that are written here when they are on. */
const ONLY_WHEN_ON = [
  "use-perf-ring-buffer",
  "enable-cri",
  "enable-cgidmap",
  "gops-address",
  "pprof-address",
];

function containerOf(daemonSet: Manifest, name: string) {
  return daemonSet.spec.template.spec.containers.find(
    (container: { name: string }) => container.name === name,
  );
}

describe.each(["default", "document"])("for the values %s", (name) => {
  const manifests = rendered(name);
  const daemonSet = only(manifests, "DaemonSet");
  const pod = daemonSet.spec.template;

  test("objects have the names that they have there", () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    expect(names).toEqual([
      "ClusterRole tetragon",
      "ClusterRoleBinding tetragon",
      "ConfigMap tetragon-config",
      "DaemonSet tetragon",
      "Service tetragon",
      "ServiceAccount tetragon",
    ]);
  });

  test("labels are the same, but for the chart's own name and version", () => {
    const { "helm.sh/chart": chart, "app.kubernetes.io/version": version, ...labels } = pod.metadata.labels;
    expect(labels).toEqual({
      "app.kubernetes.io/name": "tetragon",
      "app.kubernetes.io/instance": "tetragon",
      "app.kubernetes.io/managed-by": "Helm",
      "app.kubernetes.io/part-of": "tetragon",
      "app.kubernetes.io/component": "agent",
    });
    expect([chart, version]).toEqual(["tetrad-0.1.0", "0.1.0"]);
    for (const { metadata } of manifests) expect(metadata.labels).toEqual(pod.metadata.labels);
    // It cannot be changed: with another one, an upgrade from Tetragon's chart would be refused.
    expect(daemonSet.spec.selector.matchLabels).toEqual({
      "app.kubernetes.io/name": "tetragon",
      "app.kubernetes.io/instance": "tetragon",
    });
  });

  test("volumes are the same", () => {
    const volumes = pod.spec.volumes.map(({ name: volume, ...rest }: { name: string }) => [volume, rest]);
    expect(Object.fromEntries(volumes)).toEqual(VOLUMES);
  });

  test("the containers, their mounts and rights are the same", () => {
    const agent = containerOf(daemonSet, "tetragon");
    expect(agent.volumeMounts).toEqual(expect.arrayContaining(MOUNTS));
    expect(agent.volumeMounts).toHaveLength(MOUNTS.length);
    expect(agent.securityContext).toEqual({ privileged: true, runAsUser: 0, runAsGroup: 0 });
    expect(agent.args).toEqual(["--config-dir=/etc/tetragon/tetragon.conf.d/"]);
    expect(agent.livenessProbe).toEqual({
      failureThreshold: 1,
      timeoutSeconds: 60,
      grpc: { port: 6789, service: "liveness" },
    });
    const printer = containerOf(daemonSet, "export-stdout");
    expect(printer.volumeMounts).toEqual([{ name: "export-logs", mountPath: "/var/log/tetragon" }]);
  });

  test("the pod is on the host's network, tolerates everything, and uses the node's DNS", () => {
    expect(pod.spec).toMatchObject({
      hostNetwork: true,
      dnsPolicy: "Default",
      tolerations: [{ operator: "Exists" }],
      serviceAccountName: "tetragon",
    });
  });

  test("the Service of metrics has the same port", () => {
    expect(only(manifests, "Service").spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ name: "metrics", port: 2112, protocol: "TCP", targetPort: 2112 }],
    });
  });

  test("the ConfigMap has every option that Tetragon's values become", () => {
    const rows = readFileSync(join(import.meta.dir, "../fixtures/tetragon-chart.tsv"), "utf8")
      .split("\n")
      .slice(1);
    const always = rows
      .flatMap((row) => (row.split("\t")[2] ?? "").split(", "))
      .filter((option) => option !== "" && !option.endsWith("(when set)"))
      .filter((option) => option !== "btf" && option !== "cri-endpoint" && !ONLY_WHEN_ON.includes(option));
    const { data } = only(manifests, "ConfigMap");
    expect(new Set(always).size).toBeGreaterThan(25);
    expect(Object.keys(data)).toEqual(expect.arrayContaining([...new Set(always)]));
    expect(data.procfs).toBe("/procRoot");
  });
});
