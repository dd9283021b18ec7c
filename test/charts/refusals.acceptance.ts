/** Values that cannot work: what Helm says of them, by name, with what is expected. With Helm: `npm run acceptance -- kubernetes`. */
import { describe, expect, test } from "bun:test";
import { CHART, findHelm, only, parseManifests } from "./support.ts";

const HELM = findHelm();

function render(...more: string[]): { readonly code: number; readonly out: string; readonly err: string } {
  const command = [HELM as string, "template", "tetragon", CHART, "--namespace=kube-system"];
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command, "--set=crds.installMethod=none", ...more]);
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

const json = (path: string, value: unknown) => `--set-json=${path}=${JSON.stringify(value)}`;

describe("Helm refuses", () => {
  test.each<[string, unknown, string]>([
    ["tetrad.udp.port", 99999, "'/tetrad/udp/port': maximum: got 99,999, want 65,535"],
    ["tetragon.prometheus.port", "x", "'/tetragon/prometheus/port': 'x' does not match"],
    [
      "tetragon.prometheus.port",
      "99999",
      "tetragon.prometheus.port is 99999: expected a port, from 1 to 65535",
    ],
    [
      "tetragon.healthGrpc.port",
      2112,
      "tetragon.healthGrpc.port and tetragon.prometheus.port are both port 2112",
    ],
    ["tetragon.grpc.address", "nonsense", 'tetragon.grpc.address is "nonsense": expected HOST:PORT'],
    [
      "tetragon.grpc.address",
      "0.0.0.0:99999",
      'tetragon.grpc.address is "0.0.0.0:99999": expected HOST:PORT',
    ],
    ["tetragon.prometheus.address", "0.0.0.0:2112", "tetragon.prometheus.address is"],
    [
      "tetragon.exportDenyList",
      '{"namespace":["a"}',
      "tetragon.exportDenyList: expected JSON objects, one a line",
    ],
    [
      "tetragon.exportAllowList",
      "PROCESS_EXEC",
      "tetragon.exportAllowList: expected JSON objects, one a line",
    ],
    ["tetragon.exportAllowList", '{"event_set":["PROCESS_EXECUTE"]}', 'event_set has "PROCESS_EXECUTE"'],
    [
      "tetragon.exportDenyList",
      '{}\n{"namespce":[""]}',
      'exportDenyList, filter 2: there is no key "namespce"',
    ],
    [
      "tetragon.fieldFilters",
      '{"field":"process"}',
      'tetragon.fieldFilters, filter 1: there is no key "field"',
    ],
    ["tetragon.redactionFilters", "[]", "tetragon.redactionFilters: expected JSON objects"],
    ["tetragon.exportFilePerm", "rw", "tetragon.exportFilePerm is"],
    ["tetragon.processCacheGCInterval", "30", "tetragon.processCacheGCInterval is"],
    [
      "tetragon.extraArgs",
      { "enable-cri": "yes" },
      'tetragon.extraArgs.enable-cri is "yes": expected true or false',
    ],
    [
      "tetragon.extraArgs",
      { "enable-crl": "" },
      "tetragon.extraArgs.enable-crl: the agent has no such option",
    ],
    ["tetragon.nameOverride", "Agent", "tetragon.nameOverride is"],
    ["tetragon.hostProcPath", "proc", "tetragon.hostProcPath is"],
    ["exportDirectory", "logs", 'exportDirectory is "logs": expected a path that begins with /'],
    ["imagePullSecrets", ["regcred"], "'/imagePullSecrets/0': got string, want object"],
    [
      "extraHostPathMounts",
      [{ path: "/x" }],
      "'/extraHostPathMounts/0': missing properties 'name', 'mountPath'",
    ],
    ["extraConfigmapMounts", [{ name: "x", mountPath: "/x" }], 'there is no volume "x" in extraVolumes'],
    ["extraVolumes", [{ name: "host-proc", emptyDir: {} }], 'there is a volume "host-proc" already'],
    ["selectorLabelsOverride", { app: "x" }, "selectorLabelsOverride needs podLabelsOverride"],
    ["export.filenames", ["/var/log/x.log"], "export.filenames[0] is"],
    ["export.stdout.image.repository", "x", "export.stdout.image.repository needs export.stdout.image.tag"],
    ["rthooks.enabled", true, "rthooks.interface is empty: expected oci-hooks or nri-hook"],
    ["tetrad.image.repository", "", "tetrad.image.repository is empty: expected where an image is"],
    ["tetrad.image.repository", "Registry/UPPER", "tetrad.image.repository is"],
    ["tetrad.image.tag", "a b", "tetrad.image.tag is"],
    ["tetrad.options", { "udp-prot": 1 }, "tetrad.options.udp-prot: the agent has no such option"],
    ["tetrad.options", { udpPort: 1 }, "options are written as flags without the two dashes"],
    ["tetrad.options", { "udp-output-port": 99999 }, "tetrad.options.udp-output-port is 99999"],
    ["tetrad.options", { "udp-format": "cef" }, 'tetrad.options.udp-format is "cef": expected json, rfc5424'],
    ["tetrad.udp.bufferSize", "1MB", "tetrad.udp.bufferSize is"],
    ["tetrad.udp.address", "collector:514", "tetrad.udp.address is"],
    ["tetrad.metadata.interval", "10 minutes", "tetrad.metadata.interval is"],
    ["tetrad.elasticsearch.hosts", ["https://u:p@es"], "tetrad.elasticsearch.hosts[0] is"],
    ["tetrad.elasticsearch.secretKeys", ["apikey"], "'/tetrad/elasticsearch/secretKeys/0'"],
    [
      "tetrad.elasticsearch.existingSecret",
      "x",
      "tetrad.elasticsearch.existingSecret needs tetrad.elasticsearch.hosts",
    ],
    ["tetrad.grpcService.name", "Grpc", "tetrad.grpcService.name is"],
    ["tetrad.podMonitor.scrapeInterval", "often", "tetrad.podMonitor.scrapeInterval is"],
  ])("%s: %j", (path, value, message) => {
    const { code, err } = render(json(path, value));
    expect(err).toContain(message);
    expect(code).toBe(1);
  });

  test.each([
    [
      ["tetrad.podMonitor.enabled=true", "tetragon.prometheus.enabled=false"],
      "needs tetragon.prometheus.enabled",
    ],
    [["tetrad.grpcService.enabled=true", "tetragon.grpc.enabled=false"], "needs tetragon.grpc.enabled"],
    [
      ["tetragon.grpc.tls.enabled=true", "tetragon.grpc.tls.ca.cert=eA=="],
      "tetragon.grpc.tls.ca.cert needs tetragon.grpc.tls.ca.key",
    ],
    [
      ["tetragon.grpc.tls.enabled=true", "tetragon.grpc.tls.ca.cert=eA==", "tetragon.grpc.tls.ca.key=eA=="],
      "tetragon.grpc.tls.ca.key: expected base64 of PEM",
    ],
    [["tetragon.grpc.tls.enabled=true", "tetragon.grpc.tls.auto.method=certmanager"], "certManagerIssuerRef"],
  ])("%j", (values, message) => {
    const { code, err } = render(...values.map((value) => `--set=${value}`));
    expect(err).toContain(message);
    expect(code).toBe(1);
  });

  test("all that is wrong at once", () => {
    const { err } = render(json("tetrad.options", { a: 1, b: 2 }), json("exportDirectory", "x"));
    for (const name of ["tetrad.options.a", "tetrad.options.b", "exportDirectory"])
      expect(err).toContain(name);
  });
});

describe("Helm takes", () => {
  test.each<[string, unknown]>([
    ["tetragon.grpc.address", "localhost:54321"],
    ["tetragon.grpc.address", ":54321"],
    ["tetragon.grpc.address", "[::]:54321"],
    ["tetragon.grpc.address", "unix:///run/x.sock"],
    ["tetragon.prometheus.port", "2113"],
    [
      "tetragon.exportAllowList",
      '{"eventSet":["PROCESS_EXEC"]}\n\n{"namespace":["a"]} {"pod_regex":["a{1}{2}"]}',
    ],
    ["tetragon.exportFilePerm", 640],
    ["tetragon.extraArgs", { "enable-cri": "", "log-level": "debug", "enable-process-cred": true }],
    ["tetragon.exportAllowList", null],
    ["tetragon.prometheus", null],
    ["tetragon.securityContext", null],
    ["tetragon.unheardOf", { value: 1 }],
    ["tolerations", null],
    ["export.mode", null],
    ["tetrad.udp", null],
    ["tetrad.image.tag", `0.1.0@sha256:${"a".repeat(64)}`],
    ["tetrad.options", { "metrics-label-filter": ["namespace"], "event-queue-size": 1000000 }],
  ])("%s: %j", (path, value) => {
    expect(render(json(path, value))).toMatchObject({ code: 0, err: "" });
  });

  test("versions of Kubernetes that it was built without, when there is no server to ask", () => {
    expect(render("--kube-version=1.20.0")).toMatchObject({ code: 0, err: "" });
    expect(render("--kube-version=1.19.0").err).toContain("requires kubeVersion: >=1.20.0-0");
  });

  test("what does nothing, and says so where it is not to be strict", () => {
    const more = ["--set=tetragon.prometheus.enabled=false,tetragon.prometheus.serviceMonitor.enabled=true"];
    expect(render(...more)).toMatchObject({ code: 0, err: "" });
    const { err } = render(...more, "--set=tetrad.strict=true");
    expect(err).toContain("tetragon.prometheus.serviceMonitor: tetragon.prometheus.enabled is false");
    const other = render("--set=tetragon.exportFilename=events.log,tetrad.strict=true");
    expect(other.err).toContain("export.filenames, tetragon.exportFilename events.log: not among them");
  });

  test("null for a list of tolerations, and leaves them out", () => {
    const { out } = render(json("tolerations", null));
    expect(only(parseManifests(out), "DaemonSet").spec.template.spec.tolerations).toBeUndefined();
  });
});
