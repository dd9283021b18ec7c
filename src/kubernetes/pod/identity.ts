/** @module What events say of a container and its pod, from the pod's object. */
import type { JsonObject } from "../../lib/json/object.ts";
import { ContainerIdentity, type ExecProbe } from "../../pipeline/enrich/container.ts";
import { type ContainerSpec, type ContainerStatus, type PodObject, specsOf } from "./object.ts";
import { workloadOf } from "./workload.ts";

/** Characters of a container's id by which it is known: Tetragon's events have as many. */
export const ID_LENGTH = 31;

/** The id in `containerd://ID`, as events have it; empty where there is none. */
export function shortId(containerId: string | null | undefined): string {
  const at = containerId?.indexOf("://") ?? -1;
  return at < 0 ? "" : containerId!.slice(at + 3, at + 3 + ID_LENGTH);
}

/** A container of a pod, as facts that can be compared. */
export interface ContainerFacts {
  /** `pod` of events, but for what depends on the process. */
  readonly pod: JsonObject & { readonly container: JsonObject };
  readonly probes: readonly ExecProbe[];
}

/** What there is to say of a container. Members are in the order of Tetragon's API, and what is empty is left out. */
export function containerFacts(
  object: PodObject,
  status: ContainerStatus,
  withAnnotations: boolean,
): ContainerFacts {
  const { metadata } = object;
  const spec = specsOf(object).find(({ name }) => name === status.name);
  const workload = workloadOf(metadata);
  const image = { ...text("id", status.imageID), ...text("name", status.image) };
  // Tetragon says it of running containers only; the last events of one that has ended come late.
  const started = (status.state?.running ?? status.state?.terminated)?.startedAt;
  return {
    pod: {
      ...text("namespace", metadata.namespace),
      name: metadata.name,
      ...text("uid", metadata.uid),
      container: {
        id: status.containerID ?? "",
        ...text("name", status.name),
        image,
        ...text("start_time", started),
        security_context: spec?.securityContext?.privileged === true ? { privileged: true } : {},
      },
      ...map("pod_labels", metadata.labels),
      workload: workload.name,
      workload_kind: workload.kind,
      ...(withAnnotations && map("pod_annotations", metadata.annotations)),
    },
    probes: isOrdinary(object, status.name) && spec !== undefined ? probesOf(spec) : [],
  };
}

/** The identity that facts are. @param id {@link shortId} of the container. */
export function identityOf(id: string, { pod, probes }: ContainerFacts): ContainerIdentity {
  return new ContainerIdentity(id, pod, probes);
}

/** As in Tetragon, only what `spec.containers` has is asked for its health. */
function isOrdinary({ spec }: PodObject, name: string): boolean {
  return spec?.containers?.some((container) => container.name === name) === true;
}

function probesOf({ livenessProbe, readinessProbe }: ContainerSpec): ExecProbe[] {
  return [livenessProbe, readinessProbe].flatMap((probe) => {
    const [command, ...rest] = probe?.exec?.command ?? [];
    return command === undefined ? [] : [{ command, arguments: rest.map(quoted).join(" ") }];
  });
}

/** As the sensor writes an argument among others. */
function quoted(argument: string): string {
  return argument === "" || argument.includes(" ") ? `"${argument}"` : argument;
}

function text(name: string, value: string | null | undefined): JsonObject {
  return value ? { [name]: value } : {};
}

function map(name: string, value: Readonly<Record<string, string>> | null | undefined): JsonObject {
  return value && Object.keys(value).length > 0 ? { [name]: value } : {};
}
