/**
 * @module What protobuf cannot say of a field, keyed by message and field.
 *
 * A field of which nothing is said is a detail like any other; its texts may be shortened, and ECS has no place of
 * its own for it.
 */
import type { FieldDescriptor, MessageDescriptor } from "./descriptor.ts";

/** What is said of one field. */
export interface Annotation {
  /**
   * How a text is shortened when an event is too large: never, because events are distinguished or joined by it, or
   * last of all, because it says what the event is about.
   * @default like all others
   */
  readonly shorten?: "never" | "last";
  /**
   * What a field of a process is when texts are as short as can be: a `reference` by which the process is found in
   * its own events, which have the rest, or a `detail` that goes first.
   */
  readonly role?: "reference" | "detail";
  /** The field's name in the Elastic Common Schema; that of a process which is a parent is below `process.parent`. */
  readonly ecs?: string;
  /**
   * Whether a document of that schema has the value only there, as those of Elastic's published integration do: of all other
   * fields the value stands at its place in the event, too.
   * @default false
   */
  readonly isMoved?: true;
}

const IDENTITY: Annotation = { shorten: "never" };
const DETAIL: Annotation = { role: "detail" };

/** An internet socket as an argument, or as a connection of an event type that the API lacks. */
const NETWORK = {
  sourceIp: { ecs: "source.ip" },
  sourcePort: { ecs: "source.port" },
  destinationIp: { ecs: "destination.ip" },
  destinationPort: { ecs: "destination.port" },
  transport: { ecs: "network.transport" },
} as const satisfies Record<string, Annotation>;

/** What an event of a policy says of it. */
const POLICY = {
  policy_name: { shorten: "never", ecs: "rule.name" },
  message: { ecs: "rule.description" },
  tags: { ecs: "tags" },
} as const satisfies Record<string, Annotation>;

/** A file as an argument. */
const FILE = {
  path: { ecs: "file.path" },
  permission: { ecs: "file.mode" },
} as const satisfies Record<string, Annotation>;

/** Of metadata events: by these a receiver tells agents, and what they are told to do, apart. */
const METADATA: Readonly<Record<string, Annotation>> = {
  "@timestamp": { ecs: "@timestamp" },
  tetragon_version: { ecs: "agent.version" },
  hostname: { ecs: "host.hostname" },
  node_name: { ecs: "host.name" },
  cluster_name: { ecs: "orchestrator.cluster.name" },
  os: { ecs: "host.os.type" },
  kernel_version: { ecs: "host.os.kernel" },
  start_id: { shorten: "never", ecs: "agent.ephemeral_id" },
  config_digest: IDENTITY,
  boot_id: { shorten: "never", ecs: "host.boot.id" },
  udp_receiver: IDENTITY,
};

const CONNECTION: Readonly<Record<string, Annotation>> = {
  source_ip: { ...NETWORK.sourceIp, isMoved: true },
  source_port: { ...NETWORK.sourcePort, isMoved: true },
  destination_ip: { ...NETWORK.destinationIp, isMoved: true },
  destination_port: { ...NETWORK.destinationPort, isMoved: true },
  protocol: { ...NETWORK.transport, isMoved: true },
};

/** By full name of the message, then by name of the field. */
export const ANNOTATIONS: Readonly<Record<string, Readonly<Record<string, Annotation>>>> = {
  "tetragon.GetEventsResponse": {
    node_name: { shorten: "never", ecs: "host.name" },
    time: { ecs: "@timestamp" },
    cluster_name: { shorten: "never", ecs: "orchestrator.cluster.name" },
  },
  "tetragon.Process": {
    exec_id: { shorten: "never", role: "reference", ecs: "process.entity_id", isMoved: true },
    pid: { role: "reference", ecs: "process.pid", isMoved: true },
    uid: { role: "reference", ecs: "process.user.id", isMoved: true },
    cwd: { ecs: "process.working_directory", isMoved: true },
    binary: { shorten: "last", role: "reference", ecs: "process.executable", isMoved: true },
    arguments: { ecs: "process.args", isMoved: true },
    flags: IDENTITY,
    start_time: { role: "reference", ecs: "process.start", isMoved: true },
    auid: { role: "reference" },
    docker: IDENTITY,
    parent_exec_id: { shorten: "never", role: "reference" },
    refcnt: DETAIL,
    cap: DETAIL,
    ns: DETAIL,
    tid: { role: "reference", ecs: "process.thread.id", isMoved: true },
    process_credentials: DETAIL,
    binary_properties: DETAIL,
    user: DETAIL,
    in_init_tree: DETAIL,
    environment_variables: { role: "detail", ecs: "process.env_vars" },
  },
  "tetragon.UserRecord": { name: { ecs: "process.user.name" } },
  "tetragon.ProcessCredentials": {
    uid: { ecs: "process.real_user.id" },
    gid: { ecs: "process.real_group.id" },
    suid: { ecs: "process.saved_user.id" },
    sgid: { ecs: "process.saved_group.id" },
  },
  "tetrad.AgentInit": METADATA,
  "tetrad.AgentRefresh": METADATA,
  "tetrad.AgentStop": { ...METADATA, stop_reason: IDENTITY },
  "tetragon.Pod": {
    namespace: { shorten: "never", ecs: "orchestrator.namespace", isMoved: true },
    name: { shorten: "never", ecs: "orchestrator.resource.name", isMoved: true },
    uid: { shorten: "never", ecs: "orchestrator.resource.id" },
    pod_labels: { ecs: "orchestrator.resource.label" },
    workload_kind: { ecs: "orchestrator.resource.parent.type", isMoved: true },
    pod_annotations: { ecs: "orchestrator.resource.annotation" },
  },
  "tetragon.Container": {
    id: { shorten: "never", ecs: "container.id", isMoved: true },
    name: { shorten: "never", ecs: "container.name", isMoved: true },
  },
  "tetragon.Image": {
    id: IDENTITY,
    name: { shorten: "never", ecs: "container.image.name", isMoved: true },
  },
  "tetragon.SecurityContext": { privileged: { ecs: "container.security_context.privileged" } },
  "tetragon.ProcessExit": { status: { ecs: "process.exit_code" } },
  "tetragon.ProcessKprobe": { function_name: IDENTITY, ...POLICY },
  "tetragon.ProcessTracepoint": { subsys: IDENTITY, event: IDENTITY, ...POLICY },
  "tetragon.ProcessUprobe": { symbol: IDENTITY, ...POLICY },
  "tetragon.ProcessUsdt": POLICY,
  "tetragon.ProcessLsm": { function_name: IDENTITY, ...POLICY },
  "tetragon.ProcessLoader": { path: { ecs: "dll.path" } },
  "tetragon.StackTraceEntry": { symbol: IDENTITY },
  "tetragon.KprobeSock": {
    family: { ecs: "network.type" },
    protocol: NETWORK.transport,
    saddr: NETWORK.sourceIp,
    daddr: NETWORK.destinationIp,
    sport: NETWORK.sourcePort,
    dport: NETWORK.destinationPort,
  },
  "tetragon.KprobeSkb": {
    family: { ecs: "network.type" },
    protocol: NETWORK.transport,
    saddr: NETWORK.sourceIp,
    daddr: NETWORK.destinationIp,
    sport: NETWORK.sourcePort,
    dport: NETWORK.destinationPort,
  },
  "tetragon.KprobeSockaddr": {
    family: { ecs: "network.type" },
    addr: NETWORK.destinationIp,
    port: NETWORK.destinationPort,
  },
  "tetragon.KprobePath": FILE,
  "tetragon.KprobeFile": FILE,
  "tetragon.KprobeLinuxBinprm": FILE,
  "tetrad.ProcessConnect": CONNECTION,
  "tetrad.ProcessClose": CONNECTION,
  "tetrad.ProcessListen": {
    ip: { ...NETWORK.sourceIp, isMoved: true },
    port: { ...NETWORK.sourcePort, isMoved: true },
    protocol: { ...NETWORK.transport, isMoved: true },
  },
};

const NOTHING: Annotation = {};

/** What is said of `field`, a field of `message`. */
export function annotationOf(message: MessageDescriptor, field: FieldDescriptor): Annotation {
  const fields = ANNOTATIONS[message.name];
  return fields !== undefined && Object.hasOwn(fields, field.name) ? fields[field.name]! : NOTHING;
}

/** The fields of `message` that have the given role. */
export function fieldsWithRole(message: MessageDescriptor, role: Annotation["role"]): ReadonlySet<string> {
  const fields = Object.entries(ANNOTATIONS[message.name] ?? {});
  return new Set(fields.flatMap(([name, annotation]) => (annotation.role === role ? [name] : [])));
}
