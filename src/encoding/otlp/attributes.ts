/**
 * @module What OpenTelemetry's semantic conventions (v1.37) call what events say. What a value is and where it stands is what the
 * encoding of the Elastic Common Schema has found out: the conventions were made of that schema, and most names differ little.
 */

/** How a value is written: a number, or a text. */
export type AttributeType = "int" | "string";

/** One attribute. */
export interface AttributeRule {
  /** As the conventions have it. */
  readonly name: string;
  /** The field of the Elastic Common Schema that has the value. */
  readonly from: string;
  readonly type: AttributeType;
}

type Rules = Readonly<Record<string, readonly [from: string, type?: "int"]>>;

/** Attributes whose value is that of one field. */
const PLAIN: Rules = {
  "process.pid": ["process.pid", "int"],
  "process.parent_pid": ["process.parent.pid", "int"],
  "process.executable.path": ["process.executable"],
  "process.executable.name": ["process.name"],
  "process.command_line": ["process.command_line"],
  "process.working_directory": ["process.working_directory"],
  "process.creation.time": ["process.start"],
  "process.exit.code": ["process.exit_code", "int"],
  "process.exit.time": ["process.end"],
  "process.user.id": ["process.user.id", "int"],
  "process.user.name": ["process.user.name"],
  "process.real_user.id": ["process.real_user.id", "int"],
  "process.saved_user.id": ["process.saved_user.id", "int"],
  "thread.id": ["process.thread.id", "int"],
  "user.id": ["user.id"],
  "user.name": ["user.name"],
  "source.address": ["source.ip"],
  "source.port": ["source.port", "int"],
  "destination.address": ["destination.ip"],
  "destination.port": ["destination.port", "int"],
  "network.transport": ["network.transport"],
  "network.type": ["network.type"],
  "file.path": ["file.path"],
  "file.name": ["file.name"],
  "file.directory": ["file.directory"],
  "file.extension": ["file.extension"],
  "file.mode": ["file.mode"],
  "security_rule.name": ["rule.name"],
  "security_rule.description": ["rule.description"],
  "container.name": ["container.name"],
  "k8s.namespace.name": ["orchestrator.namespace"],
  "k8s.pod.name": ["orchestrator.resource.name"],
  "k8s.pod.uid": ["orchestrator.resource.id"],
  "k8s.deployment.name": ["kubernetes.deployment.name"],
  "k8s.daemonset.name": ["kubernetes.daemonset.name"],
  "k8s.statefulset.name": ["kubernetes.statefulset.name"],
  "k8s.replicaset.name": ["kubernetes.replicaset.name"],
  "k8s.job.name": ["kubernetes.job.name"],
  "k8s.cronjob.name": ["kubernetes.cronjob.name"],
  "k8s.cluster.name": ["orchestrator.cluster.name"],
  "host.name": ["host.name"],
  "error.message": ["error.message"],
};

/** In the order in which they are written; those of `further.ts` follow. */
export const ATTRIBUTES: readonly AttributeRule[] = Object.entries(PLAIN).map(([name, [from, type]]) => ({
  name,
  from,
  type: type ?? "string",
}));

/** What the resource may say already: then a record does not. */
export const OF_RESOURCE: ReadonlySet<string> = new Set(["k8s.cluster.name", "host.name"]);

/** Fields that are several attributes. */
export const CONTAINER_ID = "container.id";
export const IMAGE = "container.image.name";
export const LABELS = "orchestrator.resource.label";
export const ANNOTATIONS = "orchestrator.resource.annotation";
/** Where a connection goes that was opened: its server. */
export const DIRECTION = "network.direction";

/** The id of a container as Kubernetes has it, `containerd://7dd2…`, and what runs it. */
export function containerParts(text: string): { readonly id: string; readonly runtime: string | undefined } {
  const end = text.indexOf("://");
  return end > 0
    ? { id: text.slice(end + "://".length), runtime: text.slice(0, end) }
    : { id: text, runtime: undefined };
}

/** A name of an image without its tag and digest, and the tag. */
export function imageParts(image: string): { readonly name: string; readonly tag: string | undefined } {
  const whole = image.split("@", 1)[0]!;
  const colon = whole.lastIndexOf(":");
  // One before a slash is that of a port.
  if (colon <= whole.lastIndexOf("/")) return { name: whole, tag: undefined };
  return { name: whole.slice(0, colon), tag: whole.slice(colon + 1) };
}
