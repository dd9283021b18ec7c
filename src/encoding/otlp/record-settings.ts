/** @module What those who write records are told. */

/** What the resource says, and a record does not have to; and a clock. */
export interface RecordSettings {
  readonly clusterName?: string | undefined;
  /** Of the host, and of its node in Kubernetes. */
  readonly hostName?: string | undefined;
  readonly nodeName?: string | undefined;
  /** Milliseconds since 1970. @default `Date.now` */
  readonly now?: () => number;
}

/** Whether an attribute's value is one that the resource has already. */
export function isOfResource(
  { clusterName, hostName, nodeName }: RecordSettings,
  name: string,
  value: unknown,
): boolean {
  if (name === "host.name") return value === hostName || value === nodeName;
  return name === "k8s.cluster.name" && value === clusterName;
}
