/** Each value of the chart has an effect. With Helm: `npm run acceptance -- kubernetes`. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHART, findHelm, helm, templateArgs } from "./support.ts";

const HELM = findHelm() as string;
const CHECKS = JSON.parse(readFileSync(join(CHART, "files/checks.json"), "utf8")).values as Record<
  string,
  { readonly pattern?: string }
>;
const directory = mkdtempSync(join(tmpdir(), "tetrad-chart-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Values that change nothing by themselves, and what they need beside them. */
const BASE = valuesBase();

describe("each value of the chart", () => {
  const defaults = JSON.parse(readFileSync(join(CHART, "files/defaults.json"), "utf8")) as object;
  const without = Object.keys(
    JSON.parse(readFileSync(join(CHART, "files/without-effect.json"), "utf8")) as object,
  );
  const isWithout = (path: string) =>
    without.some((outer) => path === outer || path.startsWith(`${outer.replace(/\.\*$/, "")}.`));
  const leaves = leavesOf(defaults).filter(
    ({ path }) => !UNCOMPARED.has(path) && !(isWithout(path) && !path.startsWith("tetragonOperator.")),
  );

  test(
    "changes what is rendered",
    () => {
      const base = join(directory, "base.json");
      writeFileSync(base, JSON.stringify(BASE));
      const render = (...more: string[]) => helm(HELM, templateArgs(base, more));
      const rendered = render();
      const idle: string[] = [];
      for (const { path, value } of leaves) {
        const [scope, more] = SCOPES.find(([prefix]) => path.startsWith(prefix)) ?? ["", []];
        const other = `--set-json=${path}=${JSON.stringify(alternative(path, value))}`;
        try {
          const reference = scope === "" ? rendered : render(...more);
          if (render(...more, other) === reference) idle.push(path);
        } catch (error) {
          idle.push(`${path}: ${error}`);
        }
      }
      expect(idle).toEqual([]);
    },
    30 * 60_000,
  );
});

/** Those that have tests of their own: a rendering with a certificate is another one each time. */
const UNCOMPARED: ReadonlySet<string> = new Set([
  "tetrad.strict",
  "tetragon.grpc.tls.ca.cert",
  "tetragon.grpc.tls.ca.key",
]);

/** What only counts beside another value. */
const SCOPES: readonly (readonly [string, readonly string[]])[] = [
  [
    "tetragon.grpc.tls.auto.certManagerIssuerRef",
    [
      "--set=tetragon.grpc.tls.auto.method=certmanager",
      "--set=tetragon.grpc.tls.auto.certManagerIssuerRef.name=x",
    ],
  ],
  ["export.stdout.image.repository", ["--set=export.stdout.image.tag=1"]],
  ["export.stdout.image.tag", [`--set-json=export.stdout.image={"repository":"other","tag":"1"}`]],
  ["rthooks.ociHooks", ["--set=rthooks.interface=oci-hooks"]],
  ["tetragon.prometheus.enabled", ["--set=tetrad.podMonitor.enabled=false"]],
  ["selectorLabelsOverride", ["--set=podLabelsOverride.other=x"]],
  ["tetragon.grpc.enabled", ["--set=tetrad.grpcService.enabled=false"]],
];

function valuesBase(): object {
  return {
    crds: { installMethod: "none" },
    rthooks: { enabled: true, interface: "nri-hook" },
    tetragon: {
      cri: { enabled: true, socketHostPath: "/run/containerd/containerd.sock" },
      grpc: { address: "0.0.0.0:54321", tls: { enabled: true, auto: { method: "cronJob" } } },
      prometheus: { serviceMonitor: { enabled: true } },
    },
    tetrad: {
      udp: { enabled: true },
      elasticsearch: { hosts: ["a"], existingSecret: "s", queue: { enabled: true } },
      kubernetesEvents: { enabled: true },
      grpcService: { enabled: true },
      podMonitor: { enabled: true },
      networkPolicy: { enabled: true },
    },
  };
}

function leavesOf(value: object, prefix = ""): { path: string; value: unknown }[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    const isGroup =
      typeof inner === "object" && inner !== null && !Array.isArray(inner) && Object.keys(inner).length > 0;
    return isGroup ? leavesOf(inner as object, `${path}.`) : [{ path, value: inner }];
  });
}

/** Another value, of the same kind. */
function alternative(path: string, initially: unknown): unknown {
  const own = ALTERNATIVES[path];
  if (own !== undefined) return own;
  const check = CHECKS[path];
  const at = path
    .split(".")
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], BASE);
  const value = at ?? initially;
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (Array.isArray(value)) return [{ name: "other", key: "x", operator: "Exists", mountPath: "/x" }];
  if (typeof value === "object" && value !== null) return { other: "x" };
  return TEXTS.find(
    (text) => text !== value && new RegExp(check?.pattern?.replace("(?i:", "(?:") ?? "").test(text),
  );
}

/** One of them is what a text has to be. */
const TEXTS = ["other", "/other", "7", "31s", "2M", "local1", "https://es:9200", "0 1 1 1 1", "0.0.0.0:1"];

const ALTERNATIVES: Readonly<Record<string, unknown>> = {
  imagePullPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  "export.mode": "",
  "export.filenames": ["other.log"],
  "export.stdout.commandOverride": ["other"],
  "export.stdout.argsOverride": ["other"],
  "tetragon.commandOverride": ["other"],
  "tetragon.argsOverride": ["other"],
  "tetragon.grpc.tls.auto.method": "helm",
  "tetragon.grpc.tls.server.extraDnsNames": ["other"],
  "tetragon.grpc.tls.server.extraIpAddresses": ["192.0.2.1"],
  "tetragon.grpc.address": "0.0.0.0:1",
  "rthooks.interface": "oci-hooks",
  "rthooks.failAllowNamespacesRegex": ["other"],
  "rthooks.affinity": { other: "x" },
  "crds.installMethod": "helm",
  "tetrad.udp.format": "gelf",
  "tetrad.udp.compression": "zstd",
  "tetrad.export.format": "gelf",
  "tetrad.elasticsearch.hosts": ["other"],
  "certgen.image.pullPolicy": "Always",
  "tetragon.exportAllowList": '{"pod_regex":["other"]}',
  "tetragon.exportDenyList": '{"pod_regex":["other"]}',
  "tetragon.fieldFilters": '{"fields":"process.pid","action":"EXCLUDE"}',
  "tetragon.redactionFilters": '{"redact":["other"]}',
  "tetragon.extraArgs": { "log-level": "debug" },
  "tetrad.options": { "log-level": "debug" },
  extraConfigmapMounts: [{ name: "bpf-maps", mountPath: "/x" }],
  "tetrad.elasticsearch.secretKeys": ["password"],
  "tetrad.elasticsearch.tlsVerification": "none",
  "export.stdout.envFromSecrets": ["other"],
};
