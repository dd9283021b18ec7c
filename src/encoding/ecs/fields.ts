/**
 * @module Every field that a document of the Elastic Common Schema has here, but for those of the event as it came, which
 * `nested-fields.ts` lists. Mappings, docs and tests are made from this table.
 */

/** The version of the schema that documents are of. */
export const ECS_VERSION = "8.11.0";

/** Where the event stands in a document, less the values that are elsewhere: as in Elastic's published integration. */
export const NESTED = "cilium_tetragon.log";

/** Types of the schema. */
export type EcsType =
  | "boolean"
  | "constant_keyword"
  | "date"
  | "ip"
  | "keyword"
  | "long"
  | "match_only_text"
  | "wildcard";

/** One field. */
export interface EcsField {
  /** `process.parent.pid` */
  readonly name: string;
  readonly type: EcsType;
  /** Whether it is a list. */
  readonly isList: boolean;
  /** Whether the schema lacks it: it is one of Elastic's agents. */
  readonly isForeign: boolean;
  /** Where the value comes from, in words for the docs. `P` is the event's process, `A` its parent. */
  readonly from: string;
}

/** Types, `[]` behind those of lists. */
type Declared = EcsType | `${EcsType}[]`;
type Declarations = Readonly<Record<string, readonly [Declared, string]>>;

const DOCUMENT: Declarations = {
  "@timestamp": ["date", "`time`; without one when `P` started, or when the document was made"],
  message: ["match_only_text", "the event as it came"],
  tags: ["keyword[]", "`tags` of the policy"],
  "ecs.version": ["keyword", `\`${ECS_VERSION}\``],
  "data_stream.type": ["constant_keyword", "`logs`"],
  "data_stream.dataset": ["constant_keyword", "`tetragon.log`"],
  "data_stream.namespace": ["constant_keyword", "`default`"],
  "event.kind": ["keyword", "what the event is"],
  "event.category": ["keyword[]", "what the event is"],
  "event.type": ["keyword[]", "what the event is"],
  "event.action": ["keyword", "what was done"],
  "event.outcome": ["keyword", "return value or exit status"],
  "event.module": ["keyword", "`tetragon`"],
  "event.dataset": ["keyword", "`tetragon.log`"],
  "event.original": ["keyword", "`message` once more, where that is asked for"],
  "error.message": ["match_only_text", "why the event could not be mapped"],
  "agent.type": ["keyword", "`tetrad`"],
  "agent.version": ["keyword", "version of the agent; `tetragon_version` of metadata"],
  "agent.id": ["keyword", "which agent it is, whenever it was started"],
  "agent.ephemeral_id": ["keyword", "`start_id` of metadata: which start of the agent it is"],
  "host.name": ["keyword", "`node_name`; of metadata without one `hostname`"],
  "host.hostname": ["keyword", "`hostname` of metadata"],
  "host.os.type": ["keyword", "`linux`"],
  "host.os.kernel": ["keyword", "`kernel_version` of metadata"],
  "host.boot.id": ["keyword", "`boot_id` of metadata"],
  "rule.name": ["keyword", "`policy_name`"],
  "rule.description": ["keyword", "`message` of the policy"],
};

/** Of a process, in words for one of the two. */
function processFields(prefix: string, from: string): Declarations {
  return {
    [`${prefix}.pid`]: ["long", `\`${from}.pid\``],
    [`${prefix}.entity_id`]: ["keyword", `\`${from}.exec_id\``],
    [`${prefix}.executable`]: ["keyword", `\`${from}.binary\``],
    [`${prefix}.name`]: ["keyword", `last element of \`${from}.binary\``],
    [`${prefix}.args`]: ["keyword[]", `\`${from}.arguments\`, taken apart at white space outside of quotes`],
    [`${prefix}.working_directory`]: ["keyword", `\`${from}.cwd\``],
    [`${prefix}.start`]: ["date", `\`${from}.start_time\``],
    [`${prefix}.thread.id`]: ["long", `\`${from}.tid\``],
    [`${prefix}.user.id`]: ["keyword", `\`${from}.uid\``],
    [`${prefix}.user.name`]: ["keyword", `\`${from}.user.name\``],
  };
}

const PROCESS: Declarations = {
  ...processFields("process", "P"),
  "process.args_count": ["long", "length of `process.args`, where `--ecs-command-line` asks for it"],
  "process.command_line": [
    "wildcard",
    "`P.binary` and `P.arguments`, where `--ecs-command-line` asks for it",
  ],
  "process.end": ["date", "`time` of `process_exit`"],
  "process.exit_code": ["long", "`status` of `process_exit`; 0 where there is none and no signal"],
  "process.env_vars": ["keyword[]", "`P.environment_variables`, as `NAME=value`"],
  "process.real_user.id": ["keyword", "`P.process_credentials.uid`"],
  "process.real_group.id": ["keyword", "`P.process_credentials.gid`"],
  "process.saved_user.id": ["keyword", "`P.process_credentials.suid`"],
  "process.saved_group.id": ["keyword", "`P.process_credentials.sgid`"],
  ...processFields("process.parent", "A"),
  "process.parent.entity_id": ["keyword", "`A.exec_id`, or `P.parent_exec_id`"],
  "user.id": ["keyword", "`P.uid`"],
  "user.name": ["keyword", "`P.user.name`"],
};

const OBJECTS: Declarations = {
  "source.ip": ["ip", "local address of the socket (`saddr`, `source_ip`, `ip`)"],
  "source.port": ["long", "local port (`sport`, `source_port`, `port`)"],
  "destination.ip": ["ip", "remote address (`daddr`, `destination_ip`, `sockaddr_arg.addr`)"],
  "destination.port": ["long", "remote port (`dport`, `destination_port`, `sockaddr_arg.port`)"],
  "network.transport": ["keyword", "`protocol` of the socket: `tcp`, `udp`, ..."],
  "network.type": ["keyword", "`family` of the socket, or the form of its address: `ipv4`, `ipv6`"],
  "network.direction": ["keyword", "`egress` of a connection that was opened"],
  "file.path": [
    "keyword",
    "`path` of the first `file_arg`, `path_arg` or `linux_binprm_arg`; of system calls the first text",
  ],
  "file.name": ["keyword", "last element of `file.path`"],
  "file.directory": ["keyword", "`file.path` without its last element"],
  "file.extension": ["keyword", "what stands behind the last dot of `file.name`"],
  "file.target_path": ["keyword", "path of the second such argument, where a file gets another name"],
  "file.mode": ["keyword", "`permission` of the file, as octal digits"],
  "file.type": ["keyword", "first character of `permission`"],
  "dll.path": ["keyword", "`process_loader.path`"],
  "dll.name": ["keyword", "last element of `dll.path`"],
};

const KUBERNETES: Declarations = {
  "container.id": ["keyword", "`P.pod.container.id`, or `P.docker`"],
  "container.name": ["keyword", "`P.pod.container.name`"],
  "container.image.name": ["keyword", "`P.pod.container.image.name`"],
  "container.security_context.privileged": ["boolean", "`P.pod.container.security_context.privileged`"],
  "orchestrator.cluster.name": ["keyword", "`cluster_name`"],
  "orchestrator.namespace": ["keyword", "`P.pod.namespace`"],
  "orchestrator.resource.name": ["keyword", "`P.pod.name`"],
  "orchestrator.resource.id": ["keyword", "`P.pod.uid`"],
  "orchestrator.resource.label": ["keyword[]", "`P.pod.pod_labels`, as `name:value`"],
  "orchestrator.resource.annotation": ["keyword[]", "`P.pod.pod_annotations`, as `name:value`"],
  "orchestrator.resource.parent.type": ["keyword", "`P.pod.workload_kind`"],
};

const RELATED: Declarations = {
  "related.ip": ["ip[]", "`source.ip`, `destination.ip`"],
  "related.user": ["keyword[]", "`user.id`, `user.name`"],
  "related.hosts": ["keyword[]", "`host.name`, `host.hostname`"],
};

/** As Elastic's agents have them; the schema lacks them. */
const FOREIGN: Declarations = {
  "kubernetes.namespace": ["keyword", "`P.pod.namespace`"],
  "kubernetes.pod.name": ["keyword", "`P.pod.name`"],
  "kubernetes.pod.uid": ["keyword", "`P.pod.uid`"],
  "kubernetes.deployment.name": ["keyword", "`P.pod.workload` of a Deployment"],
  "kubernetes.daemonset.name": ["keyword", "`P.pod.workload` of a DaemonSet"],
  "kubernetes.statefulset.name": ["keyword", "`P.pod.workload` of a StatefulSet"],
  "kubernetes.replicaset.name": ["keyword", "`P.pod.workload` of a ReplicaSet"],
  "kubernetes.job.name": ["keyword", "`P.pod.workload` of a Job"],
  "kubernetes.cronjob.name": ["keyword", "`P.pod.workload` of a CronJob"],
};

function fieldsOf(declarations: Declarations, isForeign: boolean): EcsField[] {
  return Object.entries(declarations).map(([name, [declared, from]]) => {
    const isList = declared.endsWith("[]");
    return { name, type: (isList ? declared.slice(0, -2) : declared) as EcsType, isList, isForeign, from };
  });
}

/** All of them, those of the schema first. */
export const ECS_FIELDS: readonly EcsField[] = [
  ...fieldsOf({ ...DOCUMENT, ...PROCESS, ...OBJECTS, ...KUBERNETES, ...RELATED }, false),
  ...fieldsOf(FOREIGN, true),
];
