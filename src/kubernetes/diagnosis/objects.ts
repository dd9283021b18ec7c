/** @module What the diagnosis reads of Kubernetes' objects. */
import * as v from "valibot";
import { ObjectMeta, optionalText, textMap } from "../api/object.ts";

const list = <T extends v.GenericSchema>(of: T) => v.optional(v.nullable(v.array(of)));
const portNumber = v.optional(v.nullable(v.union([v.number(), v.string()])));
const Waiting = v.optional(v.nullable(v.object({ reason: optionalText, message: optionalText })));

const Container = v.object({
  name: v.string(),
  image: optionalText,
  args: list(v.string()),
  env: list(v.object({ name: v.string(), value: optionalText })),
  ports: list(v.object({ name: optionalText, containerPort: v.number() })),
});
const ContainerStatus = v.object({
  name: v.string(),
  ready: v.optional(v.boolean(), false),
  restartCount: v.optional(v.number(), 0),
  state: v.optional(v.nullable(v.object({ waiting: Waiting, terminated: Waiting }))),
});

/** `v1` Pod */
export const Pod = v.object({
  metadata: ObjectMeta,
  spec: v.object({
    nodeName: optionalText,
    hostNetwork: v.optional(v.nullable(v.boolean())),
    containers: v.array(Container),
    volumes: list(
      v.object({ name: v.string(), configMap: v.optional(v.nullable(v.object({ name: optionalText }))) }),
    ),
  }),
  status: v.object({ phase: optionalText, message: optionalText, containerStatuses: list(ContainerStatus) }),
});
export type Pod = v.InferOutput<typeof Pod>;

/** `v1` Service */
export const Service = v.object({
  metadata: ObjectMeta,
  spec: v.object({
    selector: textMap,
    clusterIP: optionalText,
    ports: list(v.object({ name: optionalText, port: v.number(), targetPort: portNumber })),
  }),
});
export type Service = v.InferOutput<typeof Service>;

/** `discovery.k8s.io/v1` EndpointSlice */
export const EndpointSlice = v.object({
  metadata: ObjectMeta,
  endpoints: list(
    v.object({
      addresses: v.array(v.string()),
      conditions: v.optional(v.nullable(v.object({ ready: v.optional(v.nullable(v.boolean())) }))),
    }),
  ),
});
export type EndpointSlice = v.InferOutput<typeof EndpointSlice>;

/** `v1` Namespace */
export const Namespace = v.object({ metadata: ObjectMeta });

/** `v1` ConfigMap */
export const ConfigMap = v.object({ metadata: ObjectMeta, data: textMap });

/** `apps/v1` DaemonSet */
export const DaemonSet = v.object({
  metadata: ObjectMeta,
  status: v.object({ desiredNumberScheduled: v.optional(v.number(), 0) }),
});
export type DaemonSet = v.InferOutput<typeof DaemonSet>;

/** `/version` */
export const Version = v.object({ gitVersion: v.string() });
