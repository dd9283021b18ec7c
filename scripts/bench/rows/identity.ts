/** @module What it costs to say of which pod a process is. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { sensorObstacle } from "../../../src/source/sensor/index.ts";
import { cgroup2Mount } from "../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { WORK_DIRECTORY } from "../fixture.ts";
import { buildNativePrograms } from "../native.ts";
import { measureInContainer } from "../sensor.ts";
import { LoadNamespace, waitFor } from "../sensor-load.ts";
import { median } from "../statistics.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

const NODE = "bench-node";
const CONTAINER = "c0ffee".padEnd(64, "0123456789");

/** A pod as they are: of a Deployment, with a handful of labels. */
const POD = {
  metadata: {
    name: "cart-7d4b9c8f6d-x2x7k",
    namespace: "shop",
    uid: "0b7f2c1e-52a3-4f0e-8d0c-7a3c1f9e4b21",
    generateName: "cart-7d4b9c8f6d-",
    labels: { app: "cart", "pod-template-hash": "7d4b9c8f6d", tier: "web" },
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "cart-7d4b9c8f6d", uid: "u", controller: true },
    ],
  },
  spec: { nodeName: NODE, containers: [{ name: "cart" }] },
  status: {
    containerStatuses: [
      {
        name: "cart",
        containerID: `containerd://${CONTAINER}`,
        image: "registry.example/shop/cart:1.4.2",
        imageID: `registry.example/shop/cart@sha256:${CONTAINER}`,
        state: { running: { startedAt: "2026-11-30T10:00:00Z" } },
      },
    ],
  },
};

/** Answers lists with the pod, and leaves watches open. */
function startServer() {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (searchParams.get("watch") === "true") return new Response(new ReadableStream({ start() {} }));
      const items = pathname.endsWith("/pods") ? [POD] : [];
      return Response.json({ kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items });
    },
  });
}

function writeKubeconfig(server: string): string {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const path = `${WORK_DIRECTORY}kubeconfig`;
  const config = {
    "current-context": "bench",
    contexts: [{ name: "bench", context: { cluster: "bench" } }],
    clusters: [{ name: "bench", cluster: { server } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** The kernel may find out a moment later that the last process has gone. */
async function removeSoon(directory: string): Promise<void> {
  await waitFor(() => {
    try {
      rmdirSync(directory);
      return true;
    } catch {
      return !existsSync(directory);
    }
  }, "the cgroup is empty");
}

async function measure({ executable, isQuick, rounds, onProgress }: RowSettings): Promise<number> {
  const obstacle = sensorObstacle();
  if (obstacle !== undefined) throw new NotMeasured(obstacle.message);
  if (!existsSync(executable)) throw new NotMeasured("not built: run npm run build");
  if (!buildNativePrograms()) throw new NotMeasured("the load needs a C compiler: install gcc");
  const mount = cgroup2Mount();
  if (mount === undefined) throw new NotMeasured("no cgroup v2 hierarchy is mounted");
  await using stack = new AsyncDisposableStack();
  const server = startServer();
  stack.defer(() => server.stop(true));
  const directory = `${mount}/${CONTAINER}`;
  mkdirSync(directory, { recursive: true });
  stack.defer(() => removeSoon(directory));
  const namespace = stack.use(await LoadNamespace.create());
  // The parent of all: its pod is in each event, too.
  writeFileSync(`${directory}/cgroup.procs`, String(namespace.pid));
  const kubeconfig = writeKubeconfig(server.url.origin);
  const sides = {
    without: [`--cluster-name=${NODE}`],
    with: [`--cluster-name=${NODE}`, "--enable-k8s-api", `--k8s-kubeconfig-path=${kubeconfig}`],
  } as const;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["without", "with"] as const) : (["with", "without"] as const);
    const cost: { without?: number | undefined; with?: number | undefined } = {};
    for (const side of order)
      cost[side] = await measureInContainer(executable, namespace, {
        cgroup: CONTAINER,
        flags: sides[side],
        isQuick,
      });
    if (cost.with === undefined || cost.without === undefined) continue;
    ratios.push(cost.with / cost.without);
    const shown = `${cost.without.toFixed(2)} and ${cost.with.toFixed(2)} us an event`;
    onProgress(`identity/cpu: round ${round + 1}/${rounds}: ${shown}`);
  }
  if (ratios.length === 0) throw new NotMeasured("records were lost: this machine has too much else to do");
  return median(ratios);
}

export const identityCpu: Row = {
  name: "identity/cpu",
  label: "CPU of an event with its pod and its parent's, over that of one without",
  goal: { atMost: 1.05 },
  kind: "CPU",
  unit: "",
  digits: 2,
  measure,
};
