/** @module What a hook of a container runtime does: reads what the runtime says of a container, and tells the agent. */
import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { FineGuidanceSensors } from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { GrpcClient } from "../../lib/grpc/client.ts";
import { parseTarget } from "../../lib/grpc/target.ts";
import { TetradError } from "../../os/error.ts";
import { ask } from "../api/call.ts";

/** A container's state (OCI runtime specification, "State"), on the hook's standard input. */
const State = v.object({ id: v.string(), bundle: v.optional(v.string(), "") });
const Annotations = v.optional(v.nullable(v.record(v.string(), v.string())));
/** Its configuration, `config.json` of the bundle. */
const Spec = v.object({
  annotations: Annotations,
  linux: v.optional(v.nullable(v.object({ cgroupsPath: v.optional(v.string(), "") }))),
});

/** What is known of a container. */
export interface HookContainer {
  readonly id: string;
  readonly bundle: string;
  readonly cgroupsPath: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Where runtimes have the configuration, seen from where they run hooks: containerd, CRI-O. */
const CONFIGURATIONS = ["config.json", "../config.json", "../userdata/config.json"];

/** @param state Standard input; runtimes that say nothing there run the hook in the bundle. @throws TetradError `failed` */
export function readContainer(state: string): HookContainer {
  const { id, bundle } = parse(State, state.trim() === "" ? '{"id":""}' : state, "the container's state");
  const directories = bundle === "" ? [process.cwd()] : [bundle, process.cwd()];
  const file = directories
    .flatMap((directory) => CONFIGURATIONS.map((name) => join(directory, name)))
    .find((path) => existsSync(path));
  if (file === undefined)
    throw new TetradError("failed", `Cannot find the container's config.json in ${directories.join(", ")}`);
  const { annotations, linux } = parse(Spec, readFileSync(file, "utf8"), file);
  return {
    id,
    bundle: bundle || process.cwd(),
    cgroupsPath: cgroupPathOf(linux?.cgroupsPath ?? ""),
    annotations: annotations ?? {},
  };
}

function parse<T extends v.GenericSchema>(schema: T, text: string, what: string): v.InferOutput<T> {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw new TetradError("failed", `Cannot read ${what}: ${String(cause)}`, { cause });
  }
}

/** A path in the hierarchy. @param path As runtimes are told it: a path, or `SLICE:PREFIX:NAME` of systemd. */
export function cgroupPathOf(path: string): string {
  const [slice = "", prefix = "", name = "", ...rest] = path.split(":");
  if (path.includes("/") || name === "" || rest.length > 0) return path;
  const unit = name.endsWith(".slice") ? name : `${prefix === "" ? "" : `${prefix}-`}${name}.scope`;
  return join("/", expandSlice(slice), unit);
}

/** Slices lie in those whose names theirs begin with: `a-b.slice` in `a.slice`. Source: systemd.slice(5). */
function expandSlice(slice: string): string {
  const name = basename(slice, ".slice");
  if (name === "" || name === "-") return "/";
  const parts = name.split("-");
  return parts.map((_, index) => `${parts.slice(0, index + 1).join("-")}.slice`).join("/");
}

/** Tells the agent, and resolves when it has decided. @throws Error when it could not be asked, or could not decide. */
export async function reportContainer(
  { id, bundle, cgroupsPath, annotations }: HookContainer,
  { address, timeoutMs }: { readonly address: string; readonly timeoutMs: number },
): Promise<void> {
  const client = await GrpcClient.connect({
    target: parseTarget(address)!,
    tls: undefined,
    windowBytes: 1 << 16,
    messageBytes: 1 << 20,
    timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  });
  try {
    const value = { cgroupsPath, rootDir: bundle, annotations, containerID: id };
    const request = { event: { case: "createContainer", value } } as const;
    await ask(client, FineGuidanceSensors.method.runtimeHook, { request, timeoutMs });
  } finally {
    client.close();
  }
}

/** Bytes after which a log is begun anew; the one before it is kept. */
const MAX_LOG_BYTES = 50 << 20;

/** What the hook has done, a line of JSON each. */
export class HookLog {
  readonly #path: string;
  readonly #isDetailed: boolean;

  /** @param path Empty for none. */
  constructor(path: string, level: string) {
    this.#path = path;
    this.#isDetailed = level.toLowerCase() === "debug";
  }

  /** Never throws: whether a container starts does not depend on a log. */
  write(
    level: "info" | "warn",
    message: string,
    { container, ...fields }: { readonly container?: HookContainer; readonly [field: string]: unknown },
  ): void {
    if (this.#path === "") return;
    const { annotations, ...known } = container ?? {};
    const details = this.#isDetailed ? { annotations } : {};
    const line = { time: new Date().toISOString(), level, msg: message, ...fields, ...known, ...details };
    try {
      const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > MAX_LOG_BYTES) renameSync(this.#path, `${this.#path}.1`);
      appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch {
      // Nobody to say it to.
    }
  }
}
