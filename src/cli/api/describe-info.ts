/** @module `GetInfo`'s answer in the form that `tetra info` prints (Tetragon's `tetragoninfo.Info`). */
import { createRegistry, type Message, toJson } from "@bufbuild/protobuf";
import {
  type Any,
  anyUnpack,
  BoolValueSchema,
  Int64ValueSchema,
  ListValueSchema,
  StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import type { GetInfoResponse } from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";

/** What an option's value may be. */
const SCHEMAS = [BoolValueSchema, Int64ValueSchema, ListValueSchema, StringValueSchema];
const REGISTRY = createRegistry(...SCHEMAS);

/** The names are Go's. */
export function describeInfo({ name, version, probes, conf, build }: GetInfoResponse) {
  return {
    Name: name,
    Version: version,
    Probes: Object.fromEntries(probes.map((probe) => [probe.Name, probe.Enabled ?? false])),
    Conf: Object.fromEntries(
      conf
        .map(({ key, value }) => [key, value === undefined ? null : unpack(value)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    Build: {
      GoVersion: build?.goVersion ?? "",
      Commit: build?.commit ?? "",
      Time: build?.time ?? "",
      Modified: build?.modified ?? "",
    },
  };
}

/** The value; what has another form is left out. */
function unpack(value: Any): unknown {
  const message: (Message & { value?: unknown }) | undefined = anyUnpack(value, REGISTRY);
  if (message === undefined) return null;
  const json = toJson(REGISTRY.getMessage(message.$typeName)!, message);
  return message.$typeName === Int64ValueSchema.typeName ? Number(json) : json;
}
