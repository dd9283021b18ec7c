/**
 * @module A container runtime of the tests' own, as far as CRI says which pods and containers there are. It does what may go wrong when
 * it is asked to: hangs, is away, says nonsense, more than was asked or more than anybody can take.
 */
import { rmSync } from "node:fs";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type Container,
  ContainerSchema,
  ContainerState,
  type ContainerStatus,
  ContainerStatusSchema,
  type PodSandbox,
  PodSandboxSchema,
  RuntimeService,
} from "../../../src/encoding/protobuf/generated/runtime/v1/api_pb.ts";
import { PEER_LIMITS } from "../../../src/lib/grpc/limits.ts";
import { PeerServer } from "../../../src/lib/grpc/peer-server.ts";
import { Router } from "../../../src/lib/grpc/router.ts";
import { GrpcError, STATUS } from "../../../src/lib/grpc/status.ts";
import { unaryMethods } from "../../../src/server/unary.ts";
import { idOf, uidOf } from "../made-up-pods.ts";

/** 2026-11-30T10:00:00Z, in nanoseconds. */
export const STARTED = 1_796_032_800_123_456_789n;

/** What may differ from pod to pod. */
export interface RuntimePod {
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** The runtime. */
export class FakeRuntime implements AsyncDisposable {
  readonly path: string;
  name = "containerd";
  /** Names of the methods that were called. */
  readonly calls: string[] = [];
  readonly sandboxes = new Map<string, PodSandbox>();
  readonly containers = new Map<string, Container>();
  readonly statuses = new Map<string, ContainerStatus>();
  /** Waited for before each answer. */
  pause: Promise<void> | undefined;
  /** Whether filters are passed over, as by a runtime that does not know them. */
  ignoresFilters = false;
  /** Answers in place of the runtime. */
  intercept: ((method: string) => void) | undefined;
  #server: PeerServer | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Begins to listen; after {@link stop} at the same place. */
  async start(): Promise<this> {
    const methods = new Map(unaryMethods(RuntimeService, this.#handlers()));
    const onInternalError = (error: unknown) => {
      throw error;
    };
    const router = new Router({
      limits: { ...PEER_LIMITS, answerBytes: 256 << 20 },
      find: (path) => methods.get(path),
      onInternalError,
    });
    this.#server = new PeerServer({
      limits: PEER_LIMITS,
      tls: undefined,
      onStream: (stream, headers, peer) => router.accept(stream, headers, peer),
      onTrouble: () => {},
      onInternalError,
    });
    await this.#server.listen({ path: this.path });
    this.#server.open();
    return this;
  }

  /** Is away: connections end, nothing listens. */
  async stop(): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
    rmSync(this.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Runs a pod; its sandbox's id is `idOf("sandbox-" + name)`. */
  run(name: string, settings: RuntimePod = {}): this {
    const { namespace = "shop", uid = uidOf(name), labels = { app: name }, annotations = {} } = settings;
    const id = idOf(`sandbox-${name}`);
    const own = {
      "io.kubernetes.pod.name": name,
      "io.kubernetes.pod.namespace": namespace,
      "io.kubernetes.pod.uid": uid,
    };
    this.sandboxes.set(
      id,
      create(PodSandboxSchema, {
        id,
        metadata: { name, uid, namespace },
        createdAt: STARTED,
        labels: { ...labels, ...own },
        annotations: { "kubernetes.io/config.source": "api", ...annotations },
      }),
    );
    return this;
  }

  /** Starts a container `main` of a pod. */
  addContainer(pod: string, id: string, status: MessageInitShape<typeof ContainerStatusSchema> = {}): this {
    const metadata = { name: "main" };
    const podSandboxId = idOf(`sandbox-${pod}`);
    this.containers.set(id, create(ContainerSchema, { id, podSandboxId, metadata }));
    this.statuses.set(
      id,
      create(ContainerStatusSchema, {
        id,
        metadata,
        state: ContainerState.CONTAINER_RUNNING,
        startedAt: STARTED,
        image: { image: "registry.example/img:1" },
        imageRef: "registry.example/img@sha256:1234",
        ...status,
      } as MessageInitShape<typeof ContainerStatusSchema>),
    );
    return this;
  }

  /** Takes a pod and its containers away. */
  remove(pod: string): void {
    const sandbox = idOf(`sandbox-${pod}`);
    this.sandboxes.delete(sandbox);
    for (const [id, { podSandboxId }] of this.containers)
      if (podSandboxId === sandbox) this.containers.delete(id);
  }

  #handlers(): Parameters<typeof unaryMethods<typeof RuntimeService>>[1] {
    const called = async (method: string) => {
      this.calls.push(method);
      await this.pause;
      this.intercept?.(method);
    };
    const begins = (id: string, filter: string | undefined) =>
      this.ignoresFilters || filter === undefined || filter === "" || id.startsWith(filter);
    return {
      version: async () => {
        await called("Version");
        return { version: "0.1.0", runtimeName: this.name, runtimeVersion: "1.0", runtimeApiVersion: "v1" };
      },
      listPodSandbox: async ({ filter }) => {
        await called("ListPodSandbox");
        const labels = Object.entries(this.ignoresFilters ? {} : (filter?.labelSelector ?? {}));
        const items = [...this.sandboxes.values()].filter(
          (each) => begins(each.id, filter?.id) && labels.every(([key, value]) => each.labels[key] === value),
        );
        return { items };
      },
      listContainers: async ({ filter }) => {
        await called("ListContainers");
        return { containers: [...this.containers.values()].filter(({ id }) => begins(id, filter?.id)) };
      },
      containerStatus: async ({ containerId }) => {
        await called("ContainerStatus");
        const status = this.statuses.get(containerId);
        if (status === undefined)
          throw new GrpcError(STATUS.notFound, `container "${containerId}": not found`);
        return { status };
      },
    };
  }
}
