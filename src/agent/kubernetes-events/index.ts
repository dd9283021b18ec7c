/** @module `--kubernetes-events`: the cluster gets to see how the agent comes, goes and changes. */
import type { ConsolaInstance } from "consola";
import { EventRecorder, type RecorderFigures, type Regarded } from "../../kubernetes/events/index.ts";
import { ApiClient, findAccess } from "../../kubernetes/index.ts";
import type { MetadataLife } from "../../metadata/life.ts";
import { errorMessage } from "../../os/caught.ts";
import type { OptionValues } from "../option-table.ts";
import { HealthWatch, type WatchedAgent } from "./health-watch.ts";
import { type RememberedStart, readRemembered, remember } from "./remembered.ts";
import { type Occurrence, reloadOccurrence, startOccurrence } from "./start-event.ts";

/** What {@link createClusterEvents} is given. */
export interface ClusterEventsSettings {
  readonly values: Pick<
    OptionValues,
    "kubernetes-events-state" | "kubernetes-events-jitter" | "k8s-kubeconfig-path"
  >;
  /** What the pod says of itself: `POD_NAME`, `POD_NAMESPACE`, `POD_UID`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nodeName: string | undefined;
  /** Live: what the agent is, and why it ends. */
  readonly life: Pick<MetadataLife, "facts" | "stop">;
  readonly log: ConsolaInstance;
}

const LOOK_MS = 10_000;

/** Says what happens to an agent. */
export class ClusterEvents {
  readonly #recorder: EventRecorder;
  readonly #regarded: readonly Regarded[];
  readonly #path: string;
  readonly #life: ClusterEventsSettings["life"];
  readonly #log: ConsolaInstance;
  #said: RememberedStart | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    recorder: EventRecorder,
    {
      environment,
      nodeName,
      life,
      log,
      path,
    }: Omit<ClusterEventsSettings, "values"> & { readonly path: string },
  ) {
    this.#recorder = recorder;
    this.#regarded = regardedIn(environment, nodeName);
    this.#path = path;
    this.#life = life;
    this.#log = log;
  }

  /** Live. */
  get figures(): RecorderFigures {
    return this.#recorder.figures;
  }

  /** The agent works: says so, and looks after it from now on. Called once. */
  begin(agent: WatchedAgent): void {
    const start = startOf(this.#life);
    this.#say(startOccurrence(this.#remembered(), start));
    this.#remember(start);
    const watch = new HealthWatch(agent, (occurrence) => this.#say(occurrence));
    const look = () => watch.look(performance.now());
    look();
    this.#timer = setInterval(look, LOOK_MS);
    this.#timer.unref();
  }

  /** The configuration was read again. */
  reload(): void {
    const before = this.#said?.configDigest;
    const start = startOf(this.#life);
    if (before === undefined || start.configDigest === before) return;
    this.#say(reloadOccurrence(before, start.configDigest));
    this.#remember(start);
  }

  /** The agent ends: says so, and sends what is left until `signal` aborts. Idempotent, and legal before {@link begin}. */
  async stop(signal: AbortSignal): Promise<void> {
    if (this.#said === undefined || this.#said.hasStopped) return;
    clearInterval(this.#timer);
    this.#remember({ ...this.#said, hasStopped: true });
    const { reason = "signal", detail } = this.#life.stop ?? {};
    const why = detail === undefined ? reason : `${reason}, ${detail}`;
    this.#say({ type: "Normal", action: "Stop", reason: "AgentStopped", note: `tetrad has ended (${why})` });
    await this.#recorder.stop(signal);
  }

  #say(occurrence: Occurrence): void {
    for (const regarding of this.#regarded) this.#recorder.record({ regarding, ...occurrence });
  }

  #remembered(): RememberedStart | undefined {
    if (this.#path === "") return undefined;
    try {
      return readRemembered(this.#path);
    } catch (error) {
      this.#log.warn("Cannot read what was remembered for Kubernetes Events", { error: errorMessage(error) });
      return undefined;
    }
  }

  #remember(start: RememberedStart): void {
    this.#said = start;
    if (this.#path === "") return;
    try {
      remember(this.#path, start);
    } catch (error) {
      this.#log.warn("Cannot remember this start for Kubernetes Events", {
        path: this.#path,
        error: errorMessage(error),
      });
    }
  }
}

/**
 * Makes it; asks the API server nothing yet.
 * @throws TetradError `config` where there is no API server to be found.
 */
export async function createClusterEvents({
  values,
  ...settings
}: ClusterEventsSettings): Promise<ClusterEvents> {
  const { environment, nodeName, log } = settings;
  const access = await findAccess({ kubeconfig: values["k8s-kubeconfig-path"], environment });
  const recorder = new EventRecorder({
    client: new ApiClient(access),
    instance: environment.POD_NAME || nodeName || "tetrad",
    jitterMs: values["kubernetes-events-jitter"],
    log: {
      warn: (message, fields) => log.warn(message, fields),
      debug: (message, fields) => log.debug(message, fields),
    },
  });
  return new ClusterEvents(recorder, { ...settings, path: values["kubernetes-events-state"] });
}

function startOf({ facts: { build, host, configDigest } }: ClusterEventsSettings["life"]): RememberedStart {
  return {
    version: build.version,
    ...(build.commit !== undefined && { commit: build.commit }),
    configDigest,
    ...(host.kernelVersion !== undefined && { kernel: host.kernelVersion }),
    ...(host.bootId !== undefined && { bootId: host.bootId }),
    hasStopped: false,
  };
}

/** The Node, and the Pod where the agent is in one and knows which. */
function regardedIn(
  {
    POD_NAME: name = "",
    POD_NAMESPACE: namespace = "",
    POD_UID: uid = "",
  }: ClusterEventsSettings["environment"],
  nodeName: string | undefined,
): Regarded[] {
  const node: Regarded[] = nodeName === undefined ? [] : [{ kind: "Node", name: nodeName, uid: nodeName }];
  const isPod = name !== "" && namespace !== "";
  return isPod ? [...node, { kind: "Pod", name, namespace, ...(uid !== "" && { uid }) }] : node;
}
