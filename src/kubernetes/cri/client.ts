/**
 * @module Asks a container runtime on this host, over Kubernetes' Container Runtime Interface (CRI) v1: gRPC on a socket. It is
 * connected to when it is first asked, and again after it was started anew.
 */
import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type Container,
  type ContainerStatus,
  type PodSandbox,
  RuntimeService,
} from "../../encoding/protobuf/generated/runtime/v1/api_pb.ts";
import { GrpcClient } from "../../lib/grpc/client.ts";
import { ConnectionError } from "../../lib/grpc/connection.ts";
import { GrpcError, STATUS, statusName } from "../../lib/grpc/status.ts";
import { errorMessage } from "../../os/caught.ts";
import { DEFAULT_SOCKETS } from "./endpoint.ts";
import { RuntimeUnavailableError } from "./error.ts";

/** What a {@link CriClient} is given. */
export interface CriClientSettings {
  /** Path of the socket. @default the first of {@link DEFAULT_SOCKETS} that answers */
  readonly socket?: string | undefined;
  /** How long an answer may take, milliseconds. @default 2 s; of a list 10 s */
  readonly timeoutMs?: number;
  readonly listTimeoutMs?: number;
  /** Called when a runtime answers that is another one than before, or at another place. */
  readonly onConnected?: (runtime: RuntimeFacts) => void;
}

/** Which runtime answers. */
export interface RuntimeFacts {
  readonly socket: string;
  /** As it stands in the ids of containers: `containerd`. */
  readonly name: string;
  readonly version: string;
}

/** Which sandboxes. */
export interface SandboxFilter {
  /** Of the sandbox itself, or its beginning. */
  readonly id?: string;
  /** Of the pod. */
  readonly podUid?: string;
}

const TIMEOUT_MS = 2000;
const LIST_TIMEOUT_MS = 10_000;
/** The kubelet takes as much. */
const MAX_MESSAGE = 16 << 20;
const WINDOW_BYTES = 1 << 20;
/** Characters of a name and a version, and of an error that a runtime words. */
const MAX_TEXT = 128;
const MAX_REASON = 300;

/** The kubelet labels sandboxes so. */
const UID_LABEL = "io.kubernetes.pod.uid";

const METHODS = RuntimeService.method;

/** A runtime. */
export class CriClient {
  readonly #settings: CriClientSettings;
  readonly #ended = new AbortController();
  #connection: Promise<GrpcClient> | undefined;
  #runtime: RuntimeFacts | undefined;

  constructor(settings: CriClientSettings = {}) {
    this.#settings = settings;
  }

  /** Who has answered last. */
  get runtime(): RuntimeFacts | undefined {
    return this.#runtime;
  }

  /** All containers, or those whose id begins so. @throws RuntimeUnavailableError */
  async containers(id?: string): Promise<readonly Container[]> {
    const request = id === undefined ? {} : { filter: { id } };
    const { containers } = await this.#ask(METHODS.listContainers, request, this.#listTimeout);
    // Not every runtime takes the beginning of an id for the id, nor may one say more than it was asked.
    return id === undefined ? containers : containers.filter((each) => each.id.startsWith(id));
  }

  /** All sandboxes of pods, or those that are asked for. @throws RuntimeUnavailableError */
  async sandboxes({ id, podUid }: SandboxFilter = {}): Promise<readonly PodSandbox[]> {
    const filter = {
      ...(id !== undefined && { id }),
      ...(podUid !== undefined && { labelSelector: { [UID_LABEL]: podUid } }),
    };
    const { items } = await this.#ask(METHODS.listPodSandbox, { filter }, this.#listTimeout);
    return items.filter(
      (each) =>
        (id === undefined || each.id.startsWith(id)) &&
        (podUid === undefined || each.metadata?.uid === podUid),
    );
  }

  /** @param id The whole. @returns `undefined` where there is no such container. @throws RuntimeUnavailableError */
  async status(id: string): Promise<ContainerStatus | undefined> {
    const { timeoutMs = TIMEOUT_MS } = this.#settings;
    try {
      const { status } = await this.#ask(METHODS.containerStatus, { containerId: id }, timeoutMs);
      return status?.id === id ? status : undefined;
    } catch (error) {
      if (error instanceof RuntimeUnavailableError && isNotFound(error.cause)) return undefined;
      throw error;
    }
  }

  /** Ends all that is under way. Nothing can be asked any more. Idempotent. */
  close(): void {
    this.#ended.abort();
    this.#drop();
  }

  get #listTimeout(): number {
    return this.#settings.listTimeoutMs ?? LIST_TIMEOUT_MS;
  }

  /** Asks, once more over a new connection where the old one turns out to be gone. */
  async #ask<M extends DescMethodUnary>(
    method: M,
    request: MessageInitShape<M["input"]>,
    timeoutMs: number,
  ): Promise<MessageShape<M["output"]>> {
    const isNew = this.#connection === undefined;
    this.#connection ??= this.#connect();
    const connection = this.#connection;
    try {
      const bytes = toBinary(method.input, create(method.input, request) as never);
      const answer = await (await connection).unary(pathOf(method), bytes, timeoutMs);
      return fromBinary(method.output, answer, { readUnknownFields: false }) as MessageShape<M["output"]>;
    } catch (error) {
      const isOver = this.#ended.signal.aborted;
      if (!isAnswer(error)) this.#drop(connection);
      if (isNew || isOver || isAnswer(error) || !isLost(error)) throw this.#unavailable(method.name, error);
      return this.#ask(method, request, timeoutMs);
    }
  }

  #unavailable(method: string, error: unknown): RuntimeUnavailableError {
    if (error instanceof RuntimeUnavailableError) return error;
    const where = this.#runtime?.socket ?? "the container runtime";
    const why =
      error instanceof GrpcError ? `${statusName(error.code)}: ${error.message}` : errorMessage(error);
    const reason = why.length > MAX_REASON ? `${why.slice(0, MAX_REASON)}...` : why;
    return new RuntimeUnavailableError(`Cannot ask ${where} for ${method}: ${reason}`, { cause: error });
  }

  /** Others may have connected anew meanwhile. */
  #drop(connection = this.#connection): void {
    if (connection === this.#connection) this.#connection = undefined;
    connection?.then(
      (client) => client.close(),
      () => {},
    );
  }

  async #connect(): Promise<GrpcClient> {
    const { socket } = this.#settings;
    const troubles: string[] = [];
    for (const path of socket === undefined ? DEFAULT_SOCKETS : [socket]) {
      try {
        return await this.#connectTo(path);
      } catch (error) {
        if (error instanceof ConnectionError) troubles.push(error.message);
        else if (isAnswer(error) && error.code === STATUS.unimplemented)
          troubles.push(`${path} serves no CRI v1: ${error.message.slice(0, MAX_REASON)}`);
        else troubles.push(`${path}: ${errorMessage(error).slice(0, MAX_REASON)}`);
      }
    }
    // What is not there is the rule among those that nobody named.
    const told = troubles.filter((each) => !each.endsWith("there is no such socket"));
    throw new RuntimeUnavailableError(
      socket === undefined && told.length === 0
        ? `There is no container runtime at ${DEFAULT_SOCKETS.join(", ")}`
        : (told[0] ?? troubles[0]!),
    );
  }

  async #connectTo(path: string): Promise<GrpcClient> {
    const { timeoutMs = TIMEOUT_MS, onConnected } = this.#settings;
    const client = await GrpcClient.connect({
      target: { kind: "unix", path },
      windowBytes: WINDOW_BYTES,
      timeoutMs,
      messageBytes: MAX_MESSAGE,
      signal: this.#ended.signal,
    });
    try {
      const { input, output } = METHODS.version;
      const answer = await client.unary(pathOf(METHODS.version), toBinary(input, create(input)), timeoutMs);
      const { runtimeName, runtimeVersion } = fromBinary(output, answer, { readUnknownFields: false });
      const [name, version] = [runtimeName.slice(0, MAX_TEXT), runtimeVersion.slice(0, MAX_TEXT)];
      const before = this.#runtime;
      this.#runtime = { socket: path, name, version };
      if (!Bun.deepEquals(before, this.#runtime)) onConnected?.(this.#runtime);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }
}

function pathOf(method: DescMethodUnary): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Whether the runtime has answered, be it with an error. */
function isAnswer(error: unknown): error is GrpcError {
  return (
    error instanceof GrpcError &&
    error.code !== STATUS.unavailable &&
    error.code !== STATUS.deadlineExceeded &&
    error.code !== STATUS.internal &&
    error.code !== STATUS.resourceExhausted
  );
}

function isNotFound(error: unknown): boolean {
  return error instanceof GrpcError && error.code === STATUS.notFound;
}

/** Whether a connection was lost before it was used: a runtime that does not answer in time is not asked twice. */
function isLost(error: unknown): boolean {
  return !(error instanceof GrpcError) || error.code === STATUS.unavailable;
}
