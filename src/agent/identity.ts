/** @module Who says of which pods events are, as far as the options ask for it. */
import type { ConsolaInstance } from "consola";
import { socketOf } from "../kubernetes/cri/endpoint.ts";
import type { NodeIdentity, NodeIdentitySettings } from "../kubernetes/node-identity.ts";
import { BUILD_INFO } from "../metadata/build-info.ts";
import { TetradError } from "../os/error.ts";
import { usedComponents } from "./component-use.ts";
import type { OptionValues } from "./option-table.ts";

/** What {@link createIdentity} is given. */
export interface IdentitySettings {
  readonly values: OptionValues;
  readonly nodeName: string | undefined;
  readonly log: ConsolaInstance;
}

/**
 * Makes what knows pods; `undefined` where nobody asks for them. It asks nobody before it is started.
 * @throws TetradError `config` when the API server cannot be found, or is to be asked for a node without a name, and a source
 * has nobody else to say of which pods its events are. Others have their events as they came, and a warning.
 */
export async function createIdentity(settings: IdentitySettings): Promise<NodeIdentity | undefined> {
  const { values, log } = settings;
  if (!values["enable-k8s-api"] && !values["enable-cri"]) return undefined;
  const api = values["enable-k8s-api"] ? await apiWhereThereIsOne(settings) : undefined;
  const runtime = values["enable-cri"] ? await runtimeOf(values["cri-endpoint"], log) : undefined;
  if (api === undefined && runtime === undefined) return undefined;
  const { NodeIdentity } = await import("../kubernetes/node-identity.ts");
  return new NodeIdentity({
    api,
    runtime,
    withAnnotations: values["enable-pod-annotations"],
    deletedSize: values["deleted-pod-cache-size"],
    timeoutMs: values["event-cache-retries"] * values["event-cache-retry-delay"] * 1000,
    log,
  });
}

async function apiWhereThereIsOne(settings: IdentitySettings): Promise<NodeIdentitySettings["api"]> {
  try {
    return await apiOf(settings);
  } catch (error) {
    const sources = usedComponents(settings.values);
    if (!(error instanceof TetradError) || sources.some(({ definition }) => "usesIdentity" in definition))
      throw error;
    settings.log.warn("Events get no pods from the Kubernetes API server", { reason: error.message });
    return undefined;
  }
}

async function apiOf({ values, nodeName = "", log }: IdentitySettings): Promise<NodeIdentitySettings["api"]> {
  if (nodeName === "")
    throw new TetradError("config", "Cannot ask for the pods of this node: it has no name, set NODE_NAME");
  const { ApiClient, findAccess } = await import("../kubernetes/index.ts");
  const access = await findAccess({ kubeconfig: values["k8s-kubeconfig-path"], environment: process.env });
  log.info("Pods come from the Kubernetes API server", { server: access.server, node: nodeName });
  return { client: new ApiClient(access, `tetrad/${BUILD_INFO.version}`), nodeName };
}

async function runtimeOf(endpoint: string, log: ConsolaInstance): Promise<NodeIdentitySettings["runtime"]> {
  const [{ CriClient }, { RuntimePods }] = await Promise.all([
    import("../kubernetes/cri/client.ts"),
    import("../kubernetes/cri/runtime-pods.ts"),
  ]);
  const client = new CriClient({
    ...(endpoint !== "" && { socket: socketOf(endpoint) }),
    onConnected: (runtime) => log.info("The container runtime is asked for pods", runtime),
  });
  return { client, create: (settings) => new RuntimePods(settings) };
}
