/** What else the chart puts on a node: certificates that a Job makes, and Tetragon's runtime hooks. Their images stand in for those of others. As root. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeAuthority, makeCertificate } from "../../e2e/certificates.ts";
import { CHART, NAMESPACE, type Node, startNode, until } from "./agents.ts";
import { PAUSE_IMAGE } from "./images.ts";

const TIMEOUT_MS = 600_000;
const TETRAD = join(import.meta.dir, "../../../dist/tetrad");

let node: Node;

beforeAll(async () => {
  node = await startNode();
}, TIMEOUT_MS);

afterAll(() => node?.cluster.stop(), TIMEOUT_MS);

const kubectl = (...args: string[]) => node.kubectl("-n", NAMESPACE, ...args);

test(
  "certgen's Job runs without rights; agents wait for its Secret, and then serve with it",
  async () => {
    const image = `certgen.image.override=${PAUSE_IMAGE},certgen.image.pullPolicy=Never`;
    const tls = "tetragon.grpc.tls.enabled=true,tetragon.grpc.tls.auto.method=cronJob";
    const args = ["upgrade", "--install", "tetragon", CHART, ...node.values, `--set=${tls},${image}`];
    await node.cluster.ask(["helm", ...args]);
    await kubectl(
      "wait",
      "--for=condition=complete",
      "--timeout=300s",
      "job",
      "-l",
      "app.kubernetes.io/name=tetragon-certgen",
    );
    const waiting = [
      "get",
      "pods",
      "-l",
      "app.kubernetes.io/name=tetragon",
      "-o",
      "jsonpath={.items[*].status.phase}",
    ];
    expect(await kubectl(...waiting)).toBe("Pending");
    const authority = makeAuthority(node.cluster.directory, "grpc-ca");
    const pair = makeCertificate(node.cluster.directory, "grpc", authority);
    const files = [`tls.crt=${pair.cert}`, `tls.key=${pair.key}`, `ca.crt=${authority.cert}`];
    await kubectl(
      "create",
      "secret",
      "generic",
      "tetragon-grpc-tls",
      ...files.map((file) => `--from-file=${file}`),
    );
    await kubectl("rollout", "status", "daemonset/tetragon", "--timeout=300s");
    const ask = [TETRAD, "status", "--server-address=localhost:54321"];
    const trusted = await node.cluster.run([...ask, `--tls-ca-cert-files=${authority.cert}`]);
    expect([trusted.code, trusted.err]).toEqual([0, ""]);
    expect((await node.cluster.run(ask)).code).not.toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "the hooks' DaemonSet runs beside the agents, with the directories of the node that it installs into",
  async () => {
    const [installs, hooks] = ["install", "hooks.d"].map((name) => join(node.cluster.directory, name)) as [
      string,
      string,
    ];
    mkdirSync(hooks);
    await node.install(
      `--set=rthooks.enabled=true,rthooks.interface=oci-hooks,rthooks.image.override=${PAUSE_IMAGE}`,
      `--set=imagePullPolicy=IfNotPresent,rthooks.installDir=${installs},rthooks.ociHooks.hooksPath=${hooks}`,
      '--set-json=rthooks.failAllowNamespacesRegex=["^kube-"]',
    );
    await kubectl("rollout", "status", "daemonset/tetragon-rthooks", "--timeout=300s");
    expect(existsSync(installs)).toBe(true);
    const [pod] = JSON.parse(
      await kubectl("get", "pods", "-l", "app.kubernetes.io/name=tetragon-rthooks", "-o", "json"),
    ).items;
    expect(
      pod.status.containerStatuses.map(({ name, ready }: { name: string; ready: boolean }) => [name, ready]),
    ).toEqual([
      ["export-logs", true],
      ["tetragon-rthooks", true],
    ]);
    const seen = await until(
      () =>
        node
          .events()
          .flatMap(
            (event) =>
              (event.process_exec as { process?: { binary?: string; arguments?: string } })?.process ?? [],
          ),
      (processes) => processes.some(({ binary }) => binary === "/tetragon-oci-hook-setup"),
    );
    expect(seen.find(({ binary }) => binary === "/tetragon-oci-hook-setup")?.arguments).toContain(
      "--daemonize hook-args --grpc-address=0.0.0.0:54321 --fail-allow-namespaces kube-system --fail-allow-namespaces-regex=^kube-",
    );
  },
  TIMEOUT_MS,
);
