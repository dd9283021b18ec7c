/** @module What the schema wants said besides: made of what was found in an event. */
import { isIP } from "node:net";
import { splitArguments, splitAtSpaces } from "./arguments.ts";
import type { Spelling } from "./classify.ts";
import type { Found } from "./collect.ts";
import type { EcsField } from "./fields.ts";

/** Fields of Elastic's agents for what a pod was made by. */
export const WORKLOADS: Readonly<Record<string, string>> = {
  Deployment: "kubernetes.deployment.name",
  DaemonSet: "kubernetes.daemonset.name",
  StatefulSet: "kubernetes.statefulset.name",
  ReplicaSet: "kubernetes.replicaset.name",
  Job: "kubernetes.job.name",
  CronJob: "kubernetes.cronjob.name",
};

/** First characters of permissions, as `ls -l` writes them. */
export const FILE_TYPES: Readonly<Record<string, string>> = {
  "-": "file",
  d: "dir",
  l: "symlink",
  c: "character_device",
  b: "block_device",
  p: "fifo",
  s: "socket",
};
/** Of addresses. */
export const FAMILIES: Readonly<Record<string, string>> = { AF_INET: "ipv4", AF_INET6: "ipv6" };
/** What gives a file another name. */
export const NAMES_ANEW: ReadonlySet<string> = new Set(["file_rename", "file_link", "file_symlink"]);
export const UNSPECIFIED: ReadonlySet<unknown> = new Set(["0.0.0.0", "::"]);

/** What is asked of a name that may be absent. */
type Text = string | undefined;

/** Places of what is known of a process. */
export const PROCESS = { executable: "process.executable", name: "process.name", args: "process.args" };
/** Of its parent. */
export const PARENT = {
  executable: "process.parent.executable",
  name: "process.parent.name",
  args: "process.parent.args",
};

/** Adds what follows from what is known of a process. */
export function deriveProcess(
  found: Found,
  { executable: executableAt, name, args }: typeof PROCESS,
  spelling: Spelling,
): void {
  const executable = found[executableAt] as Text;
  if (executable !== undefined) set(found, name, lastElement(executable));
  // As it stands in the event: its place is that of a list.
  const text = (found[args] as readonly string[] | undefined)?.[0];
  if (text === undefined) return;
  const all = spelling === "integration" ? splitAtSpaces(text) : splitArguments(text);
  set(found, args, all.length === 0 ? undefined : all);
}

/** Adds what follows from a library. */
export function deriveLibrary(found: Found): void {
  const path = found["dll.path"] as Text;
  if (path !== undefined) set(found, "dll.name", lastElement(path));
}

/** Adds what the schema says of a process, and not of its parent. @param text Of its arguments. */
export function deriveCommand(found: Found, text: unknown): void {
  const executable = found["process.executable"] as Text;
  const args = found["process.args"] as readonly string[] | undefined;
  if (args !== undefined) found["process.args_count"] = args.length;
  if (executable === undefined) return;
  found["process.command_line"] = args === undefined ? executable : `${executable} ${text}`;
}

/** Adds what follows from where a process runs. @param workload Of its pod. @param docker Of the process. */
export function deriveContainer(found: Found, workload: unknown, docker: unknown): void {
  if (typeof docker === "string" && docker !== "") found["container.id"] ??= docker;
  set(found, "kubernetes.namespace", found["orchestrator.namespace"]);
  set(found, "kubernetes.pod.name", found["orchestrator.resource.name"]);
  set(found, "kubernetes.pod.uid", found["orchestrator.resource.id"]);
  const place = WORKLOADS[found["orchestrator.resource.parent.type"] as string];
  if (place !== undefined && typeof workload === "string") set(found, place, workload || undefined);
}

/** Adds what follows from a socket. @param action What is done with it. */
export function deriveNetwork(found: Found, action: string): void {
  const family = found["network.type"] as Text;
  const transport = found["network.transport"] as Text;
  if (action === "socket_bind") moveToSource(found);
  const isLocal = action === "socket_listen" || action === "socket_bind";
  if (isLocal && UNSPECIFIED.has(found["destination.ip"]) && (found["destination.port"] ?? 0) === 0) {
    found["destination.ip"] = undefined;
    found["destination.port"] = undefined;
  }
  const ip = (found["source.ip"] ?? found["destination.ip"]) as Text;
  const byFamily = family === undefined ? undefined : FAMILIES[family];
  set(found, "network.type", byFamily ?? (ip === undefined ? undefined : `ipv${isIP(ip)}`));
  set(found, "network.transport", transport === undefined ? undefined : transportOf(transport));
  if (action === "socket_connect" && ip !== undefined) found["network.direction"] = "egress";
}

/** The one address of a call that names one is remote, but for that of `bind`. */
function moveToSource(found: Found): void {
  if (found["source.ip"] !== undefined) return;
  for (const part of ["ip", "port"]) {
    set(found, `source.${part}`, found[`destination.${part}`]);
    found[`destination.${part}`] = undefined;
  }
}

/**
 * Adds what follows from a file.
 * @param texts Arguments of a system call: the first is its path, where nothing else is.
 * @param action What is done with it.
 */
export function deriveFile(found: Found, texts: readonly string[], action: string): void {
  found["file.path"] ??= texts[0];
  found["file.target_path"] ??= texts[1];
  if (!NAMES_ANEW.has(action)) found["file.target_path"] = undefined;
  const path = found["file.path"] as Text;
  const permission = found["file.mode"] as Text;
  if (path !== undefined) {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const dot = name.lastIndexOf(".");
    set(found, "file.name", name || undefined);
    set(found, "file.directory", slash < 0 ? undefined : path.slice(0, slash) || "/");
    set(found, "file.extension", dot > 0 ? name.slice(dot + 1) || undefined : undefined);
  }
  set(found, "file.mode", permission === undefined ? undefined : octal(permission));
  set(found, "file.type", permission === undefined ? undefined : fileType(permission));
}

/** `IPPROTO_TCP` as `tcp`. */
export function transportOf(protocol: string): string {
  return protocol.replace(/^IPPROTO_/, "").toLowerCase();
}

/** What `ls -l` says of a file's type. */
export function fileType(permission: string): Text {
  return FILE_TYPES[permission[0]!];
}

/** `-rwsr-xr-x` as `4755`; nothing for what is no such text. */
export function octal(permission: string): Text {
  if (!/^[-dlcbps][-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT]$/.test(permission)) return undefined;
  let special = 0;
  let digits = "";
  for (let i = 0; i < 3; i++) {
    const [read, write, execute] = permission.slice(1 + 3 * i, 4 + 3 * i) as unknown as [
      string,
      string,
      string,
    ];
    const isSpecial = /[sStT]/.test(execute);
    if (isSpecial) special |= 4 >> i;
    digits += Number(read === "r") * 4 + Number(write === "w") * 2 + Number(/[xst]/.test(execute));
  }
  return special + digits;
}

/** Adds who and what an event is about, over all places. */
export function deriveRelated(found: Found): void {
  set(found, "related.ip", listOf(found["source.ip"], found["destination.ip"]));
  set(found, "related.user", listOf(found["user.id"], found["user.name"]));
  set(found, "related.hosts", listOf(found["host.name"], found["host.hostname"]));
}

/** Those that are there, each once. */
function listOf(one: unknown, two: unknown): unknown[] | undefined {
  if (one === undefined) return two === undefined ? undefined : [two];
  return two === undefined || two === one ? [one] : [one, two];
}

/** The last element of a path: the path itself where it has no slash. */
export function lastElement(path: string): Text {
  return path.slice(path.lastIndexOf("/") + 1) || undefined;
}

function set(found: Found, name: EcsField["name"], value: unknown): void {
  if (value !== undefined || found[name] !== undefined) found[name] = value;
}
