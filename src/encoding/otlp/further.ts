/** @module Attributes that take a value of an event apart, or say one again. */
import { containerParts, imageParts } from "./attributes.ts";
import type { AttributeValue } from "./wire.ts";

/** What is known of a container and its pod; `undefined` for what the event does not say. */
export interface ContainerValues {
  readonly containerId: string | undefined;
  readonly image: string | undefined;
  /** Name of the pod. */
  readonly pod: string | undefined;
  /** Name of the container. */
  readonly container: string | undefined;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly annotations: readonly (readonly [name: string, value: string])[];
}

/** What is known of a connection. */
export interface ConnectionValues {
  /** `egress`: it was opened. */
  readonly direction: string | undefined;
  /** Its other end. */
  readonly address: string | undefined;
  readonly port: number | undefined;
}

type Attribute = readonly [string, AttributeValue];

/** Of a container and its pod, in order. */
export function* containerAttributes(values: ContainerValues): Generator<Attribute> {
  const { containerId, image, pod, container, labels, annotations } = values;
  if (containerId !== undefined) {
    const { id, runtime } = containerParts(containerId);
    yield ["container.id", id];
    if (runtime !== undefined) yield ["container.runtime.name", runtime];
  }
  if (image !== undefined) {
    const { name, tag } = imageParts(image);
    yield ["container.image.name", name];
    if (tag !== undefined) yield ["container.image.tags", [tag]];
  }
  if (pod !== undefined && container !== undefined) yield ["k8s.container.name", container];
  for (const [name, value] of labels) yield [`k8s.pod.label.${name}`, value];
  for (const [name, value] of annotations) yield [`k8s.pod.annotation.${name}`, value];
}

/** Of the server that a connection goes to, in order. */
export function* serverAttributes({ direction, address, port }: ConnectionValues): Generator<Attribute> {
  if (direction !== "egress") return;
  if (address !== undefined) yield ["server.address", address];
  if (port !== undefined) yield ["server.port", port];
}
