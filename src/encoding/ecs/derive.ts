/** @module What the schema wants said besides: made of what was found in an event. */
import { isIP } from "node:net";
import { splitArguments, splitAtSpaces } from "./arguments.ts";
import type { Spelling } from "./classify.ts";
import { type Found, numberOf } from "./found.ts";

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
function processPlaces(prefix: string) {
  return {
    executable: numberOf(`${prefix}.executable`),
    name: numberOf(`${prefix}.name`),
    args: numberOf(`${prefix}.args`),
  };
}

export const PROCESS = processPlaces("process");
/** Of its parent. */
export const PARENT: typeof PROCESS = processPlaces("process.parent");

const AT = {
  executable: numberOf("process.executable"),
  args: numberOf("process.args"),
  argsCount: numberOf("process.args_count"),
  commandLine: numberOf("process.command_line"),
  dllPath: numberOf("dll.path"),
  dllName: numberOf("dll.name"),
  containerId: numberOf("container.id"),
  namespace: numberOf("orchestrator.namespace"),
  resourceName: numberOf("orchestrator.resource.name"),
  resourceId: numberOf("orchestrator.resource.id"),
  workloadKind: numberOf("orchestrator.resource.parent.type"),
  kubernetesNamespace: numberOf("kubernetes.namespace"),
  podName: numberOf("kubernetes.pod.name"),
  podUid: numberOf("kubernetes.pod.uid"),
  networkType: numberOf("network.type"),
  transport: numberOf("network.transport"),
  direction: numberOf("network.direction"),
  sourceIp: numberOf("source.ip"),
  sourcePort: numberOf("source.port"),
  destinationIp: numberOf("destination.ip"),
  destinationPort: numberOf("destination.port"),
  path: numberOf("file.path"),
  targetPath: numberOf("file.target_path"),
  fileName: numberOf("file.name"),
  directory: numberOf("file.directory"),
  extension: numberOf("file.extension"),
  mode: numberOf("file.mode"),
  fileType: numberOf("file.type"),
  relatedIp: numberOf("related.ip"),
  relatedUser: numberOf("related.user"),
  relatedHosts: numberOf("related.hosts"),
  userId: numberOf("user.id"),
  userName: numberOf("user.name"),
  hostName: numberOf("host.name"),
  hostHostname: numberOf("host.hostname"),
};
const WORKLOAD_PLACES: ReadonlyMap<unknown, number> = new Map(
  Object.entries(WORKLOADS).map(([kind, name]) => [kind, numberOf(name)]),
);

/** Adds what follows from what is known of a process. */
export function deriveProcess(
  found: Found,
  { executable: executableAt, name, args }: typeof PROCESS,
  spelling: Spelling,
): void {
  const executable = found[executableAt] as Text;
  if (executable !== undefined) found[name] = lastElement(executable);
  // As it stands in the event: its place is that of a list.
  const text = (found[args] as readonly string[] | undefined)?.[0];
  if (text === undefined) return;
  const all = spelling === "integration" ? splitAtSpaces(text) : splitArguments(text);
  found[args] = all.length === 0 ? undefined : all;
}

/** Adds what follows from a library. */
export function deriveLibrary(found: Found): void {
  const path = found[AT.dllPath] as Text;
  if (path !== undefined) found[AT.dllName] = lastElement(path);
}

/** Adds what the schema says of a process, and not of its parent. @param text Of its arguments. */
export function deriveCommand(found: Found, text: unknown): void {
  const executable = found[AT.executable] as Text;
  const args = found[AT.args] as readonly string[] | undefined;
  if (args !== undefined) found[AT.argsCount] = args.length;
  if (executable === undefined) return;
  found[AT.commandLine] = args === undefined ? executable : `${executable} ${text}`;
}

/** Adds what follows from where a process runs. @param workload Of its pod. @param docker Of the process. */
export function deriveContainer(found: Found, workload: unknown, docker: unknown): void {
  if (typeof docker === "string" && docker !== "") found[AT.containerId] ??= docker;
  found[AT.kubernetesNamespace] = found[AT.namespace];
  found[AT.podName] = found[AT.resourceName];
  found[AT.podUid] = found[AT.resourceId];
  const place = WORKLOAD_PLACES.get(found[AT.workloadKind]);
  if (place !== undefined && typeof workload === "string") found[place] = workload || undefined;
}

/** Adds what follows from a socket. @param action What is done with it. */
export function deriveNetwork(found: Found, action: string): void {
  const family = found[AT.networkType] as Text;
  const transport = found[AT.transport] as Text;
  if (action === "socket_bind") moveToSource(found);
  const isLocal = action === "socket_listen" || action === "socket_bind";
  if (isLocal && UNSPECIFIED.has(found[AT.destinationIp]) && (found[AT.destinationPort] ?? 0) === 0) {
    found[AT.destinationIp] = undefined;
    found[AT.destinationPort] = undefined;
  }
  const ip = (found[AT.sourceIp] ?? found[AT.destinationIp]) as Text;
  const byFamily = family === undefined ? undefined : FAMILIES[family];
  found[AT.networkType] = byFamily ?? (ip === undefined ? undefined : `ipv${isIP(ip)}`);
  found[AT.transport] = transport === undefined ? undefined : transportOf(transport);
  if (action === "socket_connect" && ip !== undefined) found[AT.direction] = "egress";
}

/** The one address of a call that names one is remote, but for that of `bind`. */
function moveToSource(found: Found): void {
  if (found[AT.sourceIp] !== undefined) return;
  found[AT.sourceIp] = found[AT.destinationIp];
  found[AT.sourcePort] = found[AT.destinationPort];
  found[AT.destinationIp] = undefined;
  found[AT.destinationPort] = undefined;
}

/**
 * Adds what follows from a file.
 * @param texts Arguments of a system call: the first is its path, where nothing else is.
 * @param action What is done with it.
 */
export function deriveFile(found: Found, texts: readonly string[], action: string): void {
  found[AT.path] ??= texts[0];
  found[AT.targetPath] ??= texts[1];
  if (!NAMES_ANEW.has(action)) found[AT.targetPath] = undefined;
  const path = found[AT.path] as Text;
  const permission = found[AT.mode] as Text;
  if (path !== undefined) {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const dot = name.lastIndexOf(".");
    found[AT.fileName] = name || undefined;
    found[AT.directory] = slash < 0 ? undefined : path.slice(0, slash) || "/";
    found[AT.extension] = dot > 0 ? name.slice(dot + 1) || undefined : undefined;
  }
  found[AT.mode] = permission === undefined ? undefined : octal(permission);
  found[AT.fileType] = permission === undefined ? undefined : fileType(permission);
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
  found[AT.relatedIp] = listOf(found[AT.sourceIp], found[AT.destinationIp]);
  found[AT.relatedUser] = listOf(found[AT.userId], found[AT.userName]);
  found[AT.relatedHosts] = listOf(found[AT.hostName], found[AT.hostHostname]);
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
