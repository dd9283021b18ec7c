/** @module A pod as the API server sends it, as far as the agent reads it. */
import * as v from "valibot";
import { ObjectMeta, optionalText } from "../api/object.ts";

const list = <T extends v.GenericSchema>(item: T) => v.optional(v.nullable(v.array(item)));

/** `livenessProbe`, `readinessProbe`: of interest is what runs in the container. */
const Probe = v.optional(
  v.nullable(v.object({ exec: v.optional(v.nullable(v.object({ command: list(v.string()) }))) })),
);

/** `spec.containers[]` */
const ContainerSpec = v.object({
  name: v.string(),
  livenessProbe: Probe,
  readinessProbe: Probe,
  securityContext: v.optional(v.nullable(v.object({ privileged: v.optional(v.nullable(v.boolean())) }))),
});

/** `status.containerStatuses[].state`, `.lastState` */
const ContainerState = v.optional(
  v.nullable(
    v.object({
      running: v.optional(v.nullable(v.object({ startedAt: optionalText }))),
      terminated: v.optional(v.nullable(v.object({ startedAt: optionalText, containerID: optionalText }))),
    }),
  ),
);

/** `status.containerStatuses[]` */
const ContainerStatus = v.object({
  name: v.string(),
  /** `containerd://ID`; empty before it was started. */
  containerID: optionalText,
  image: optionalText,
  imageID: optionalText,
  state: ContainerState,
  lastState: ContainerState,
});

/** A pod. */
export const PodObject = v.object({
  metadata: ObjectMeta,
  spec: v.optional(
    v.nullable(
      v.object({
        containers: list(ContainerSpec),
        initContainers: list(ContainerSpec),
        ephemeralContainers: list(ContainerSpec),
      }),
    ),
  ),
  status: v.optional(
    v.nullable(
      v.object({
        containerStatuses: list(ContainerStatus),
        initContainerStatuses: list(ContainerStatus),
        ephemeralContainerStatuses: list(ContainerStatus),
      }),
    ),
  ),
});

export type PodObject = v.InferOutput<typeof PodObject>;
/** Which pod it is. */
export type PodName = Pick<ObjectMeta, "uid" | "namespace" | "name">;
export type ContainerSpec = v.InferOutput<typeof ContainerSpec>;
export type ContainerStatus = v.InferOutput<typeof ContainerStatus>;

/** What is specified of a pod's containers, of all three kinds. */
export function specsOf({ spec }: PodObject): ContainerSpec[] {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
}

/** What has become of a pod's containers, of all three kinds. */
export function statusesOf({ status }: PodObject): ContainerStatus[] {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}
