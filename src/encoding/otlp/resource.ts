/** @module Who is speaking, as OTLP has it: the resource that all signals are of. */
import type { AgentFacts } from "../../metadata/document.ts";
import type { WritableBuffer } from "../protobuf/wire.ts";
import { type AttributeValue, writeAttribute, writeText } from "./wire.ts";

/** What is said of the agent besides its facts. */
export interface ResourceSettings {
  /** @default `tetrad` */
  readonly serviceName?: string | undefined;
  /** Further attributes; they come before those of the facts where both have one. */
  readonly attributes?: ReadonlyMap<string, string>;
  /** The host's machine id, as the conventions want it. */
  readonly hostId?: string | undefined;
}

/** `Resource.attributes`, and the name and version of `InstrumentationScope`. */
const RESOURCE_ATTRIBUTES = 1;
const SCOPE = { name: 1, version: 2 } as const;
/** A resource is small but for what an administrator adds. */
const ROOM = 64 * 1024;

/** Attributes of the resource, in order (https://opentelemetry.io/docs/specs/semconv/resource/). */
export function resourceAttributes(
  { build, host, nodeName, clusterName, startId }: AgentFacts,
  { serviceName, attributes = new Map(), hostId }: ResourceSettings = {},
): ReadonlyMap<string, AttributeValue> {
  const all: Readonly<Record<string, string | undefined>> = {
    "service.name": "tetrad",
    "service.version": build.version,
    "service.instance.id": startId,
    "host.name": host.hostname,
    "host.id": hostId,
    "os.type": "linux",
    "os.version": host.kernelVersion,
    "k8s.node.name": nodeName,
    "k8s.cluster.name": clusterName,
    ...Object.fromEntries(attributes),
    ...(serviceName !== undefined && serviceName !== "" && { "service.name": serviceName }),
  };
  return new Map(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, value] as const],
    ),
  );
}

/** A `Resource`. */
export function encodeResource(attributes: ReadonlyMap<string, AttributeValue>): Buffer {
  return encode((b) => {
    let end = 0;
    for (const attribute of attributes) end = writeAttribute(b, end, RESOURCE_ATTRIBUTES, attribute);
    return end;
  });
}

/** An `InstrumentationScope`: what made the records. */
export function encodeScope(version: string): Buffer {
  return encode((b) => writeText(b, writeText(b, 0, SCOPE.name, "tetrad"), SCOPE.version, version));
}

/** @param write Writes from the start on, and gives back where it ended. */
function encode(write: (b: WritableBuffer) => number): Buffer {
  for (let room = ROOM; ; room *= 2) {
    const b = Buffer.alloc(room);
    const end = write(b as WritableBuffer);
    if (end <= room) return b.subarray(0, end);
  }
}
