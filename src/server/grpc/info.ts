/** @module `GetInfo`: what runs here, and with which options. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  anyPack,
  BoolValueSchema,
  Int64ValueSchema,
  ListValueSchema,
  StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import type { GetInfoResponseSchema } from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { BUILD_INFO } from "../../metadata/build-info.ts";
import type { ServedAgent, ShownOption } from "../definition.ts";

/** Among the options: what the agent says of itself before any event, as JSON. */
const INTRODUCTION = "agent_init";

/** The answer. Probes are left out: they cannot be tried with the rights that a running agent has. */
export function describeAgent(agent: ServedAgent): MessageInitShape<typeof GetInfoResponseSchema> {
  const { version, commit = "", date = "" } = BUILD_INFO;
  const introduction = new TextDecoder().decode(agent.introduce());
  const shown = [...agent.options(), { name: INTRODUCTION, value: introduction }];
  return {
    version,
    name: "tetrad",
    conf: shown.map(({ name, value }) => ({ key: name, value: packed(value) })),
    build: { goVersion: "", commit, time: date, modified: "" },
  };
}

/** The types that Tetragon's clients know (`pkg/…/encodeConf`). */
function packed(value: ShownOption["value"]) {
  switch (typeof value) {
    case "boolean":
      return anyPack(BoolValueSchema, create(BoolValueSchema, { value }));
    case "number":
      return anyPack(Int64ValueSchema, create(Int64ValueSchema, { value: BigInt(value) }));
    case "string":
      return anyPack(StringValueSchema, create(StringValueSchema, { value }));
    default: {
      const values = value.map((item) => ({ kind: { case: "stringValue" as const, value: item } }));
      return anyPack(ListValueSchema, create(ListValueSchema, { values }));
    }
  }
}
