/**
 * @module The containers that processes run in, as far as somebody knows their pods: the contract between who knows them and the
 * sources whose events say it.
 */
import type { JsonObject } from "../../lib/json/object.ts";

/** What a process runs. */
export interface Program {
  /** Its path, and the name by which it was executed where that is another; else empty. */
  readonly binary: string;
  readonly filename: string;
  readonly arguments: string;
}

/** A command that the kubelet runs in a container to see whether it is well. */
export interface ExecProbe {
  readonly command: string;
  /** Arguments, joined as those of a process are. */
  readonly arguments: string;
}

/** What there is to say of a container and its pod. Never changes: when there is more to say, another takes its place. */
export class ContainerIdentity {
  readonly #pod: JsonObject & { readonly container: JsonObject };
  readonly #id: string;
  readonly #probes: readonly ExecProbe[];
  #text: PodText | undefined;

  /**
   * @param id As events print it: its first 31 characters.
   * @param pod With `container`, without `pid` and `maybe_exec_probe` in it.
   * @param probes Of the container.
   */
  constructor(
    id: string,
    pod: JsonObject & { readonly container: JsonObject },
    probes: readonly ExecProbe[] = [],
  ) {
    this.#id = id;
    this.#pod = pod;
    this.#probes = probes;
  }

  /** `pod` of events, but for what depends on the process. Not to be changed. */
  get facts(): JsonObject {
    return this.#pod;
  }

  /** Whether a process that runs this may be a probe of the kubelet. */
  maybeExecProbe(program: Program): boolean {
    return this.#probes.some((probe) => mayBe(probe, program));
  }

  /**
   * `pod` of a process, as an object; what is in it is shared, and may be replaced only.
   * @param pid Its number in the PID namespace of the container; 0 where that is not known.
   */
  pod(pid: number, isProbe: boolean): JsonObject {
    const { container } = this.#pod;
    const { security_context, ...known } = container;
    const own: JsonObject = known;
    if (pid > 0) own.pid = pid;
    if (isProbe) own.maybe_exec_probe = true;
    if (security_context !== undefined) own.security_context = security_context;
    return { ...this.#pod, container: own };
  }

  /** The same as JSON, in the pieces between which a process's own members stand. */
  get text(): PodText {
    this.#text ??= makeText(this.#id, this.#pod);
    return this.#text;
  }
}

/** `pod` as bytes of JSON. */
export interface PodText {
  /** The member with a comma before it, up to the container's `pid`. */
  readonly head: Uint8Array;
  /** What comes after `maybe_exec_probe`, to the end of the member, and `docker`, which comes next. */
  readonly tail: Uint8Array;
}

/** A container, known or not yet. There is one for each, which all of its processes share. */
export interface Container {
  /** What is known of it; `undefined` until it is. Somebody else replaces it. */
  readonly identity: ContainerIdentity | undefined;
  /**
   * Settles when there may be more to know, once; `undefined` when that is not to be waited for (any more). To be asked for
   * while {@link identity} is `undefined`.
   */
  readonly question: Promise<unknown> | undefined;
}

/** Knows containers. */
export interface ContainerSource {
  /** The container of that id, as events print it: its first 31 characters. */
  find(id: string): Container;
}

/** The labels of the node that the agent runs on. */
export interface NodeLabels {
  /** Another object when they have changed; `undefined` while they are not known. */
  readonly current: Readonly<Record<string, string>> | undefined;
}

/** All that a run has to say of pods. */
export interface PodIdentity {
  readonly containers: ContainerSource;
  readonly nodeLabels: NodeLabels;
  readonly wait: ContainerWait;
  /** Begins to ask: the sources are about to read. Resolves when there are answers, or soon. */
  start(): Promise<void>;
  /** Lets go of everything. Idempotent. */
  stop(): Promise<void>;
}

/** Bounds of waiting for what is not known yet. */
export interface ContainerWait {
  /** Milliseconds that an event waits at most. */
  readonly timeoutMs: number;
  /** Events that wait at most, and the bytes that these take, about. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Counts what happens to events that wait. */
  readonly figures: WaitFigures;
}

/** What is counted of events that wait, live. */
export interface WaitFigures {
  /** Events that wait now. */
  waiting: number;
  /** Events that have waited. */
  waited: number;
  /** Those of them that went on without what they waited for: after their time, or for want of room. */
  timeout: number;
  full: number;
}

function mayBe({ command, arguments: joined }: ExecProbe, program: Program): boolean {
  const { binary, filename } = program;
  const isName = (name: string) =>
    name !== "" && (command.startsWith("/") ? name === command : baseName(name) === baseName(command));
  if (!isName(binary) && !isName(filename)) return false;
  if (program.arguments === joined) return true;
  // A script's interpreter has the script as its first argument.
  return program.arguments === (joined === "" ? command : `${command} ${joined}`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function makeText(id: string, pod: JsonObject & { readonly container: JsonObject }): PodText {
  const members = Object.entries(pod);
  const at = members.findIndex(([name]) => name === "container");
  const before = Object.fromEntries(members.slice(0, at));
  const after = Object.fromEntries(members.slice(at + 1));
  const { security_context, ...known } = pod.container;
  const last =
    security_context === undefined ? "" : `,"security_context":${JSON.stringify(security_context)}`;
  const encoder = new TextEncoder();
  return {
    // A container has an id, so that a comma may follow.
    head: encoder.encode(`,"pod":${open(before)}"container":${JSON.stringify(known).slice(0, -1)}`),
    tail: encoder.encode(`${last}}${close(after)},"docker":${JSON.stringify(id)}`),
  };
}

/** An object without its end, ready for another member. */
function open(object: JsonObject): string {
  const text = JSON.stringify(object).slice(0, -1);
  return text === "{" ? text : `${text},`;
}

/** The members of an object and its end, to follow others. */
function close(object: JsonObject): string {
  const text = JSON.stringify(object).slice(1);
  return text === "}" ? text : `,${text}`;
}
