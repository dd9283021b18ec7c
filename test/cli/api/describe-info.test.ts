import { expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import {
  anyPack,
  BoolValueSchema,
  DurationSchema,
  Int64ValueSchema,
  ListValueSchema,
  StringValueSchema,
} from "@bufbuild/protobuf/wkt";
import { describeInfo } from "../../../src/cli/api/describe-info.ts";
import { GetInfoResponseSchema } from "../../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";

test("describeInfo() has the form of tetra info, options in order", () => {
  const value = (text: string) => ({ kind: { case: "stringValue" as const, value: text } });
  const answer = create(GetInfoResponseSchema, {
    name: "tetragon",
    version: "v1.7.0",
    probes: [
      { Name: "buildid", Enabled: true },
      { Name: "lsm", Enabled: false },
    ],
    conf: [
      {
        key: "list",
        value: anyPack(ListValueSchema, create(ListValueSchema, { values: [value("a"), value("b")] })),
      },
      { key: "flag", value: anyPack(BoolValueSchema, create(BoolValueSchema, { value: true })) },
      { key: "count", value: anyPack(Int64ValueSchema, create(Int64ValueSchema, { value: 5n })) },
      { key: "text", value: anyPack(StringValueSchema, create(StringValueSchema, { value: "x" })) },
      { key: "other", value: anyPack(DurationSchema, create(DurationSchema, { seconds: 1n })) },
      { key: "none" },
    ],
    build: { goVersion: "go1.25", commit: "abc" },
  });
  expect(JSON.stringify(describeInfo(answer))).toBe(
    JSON.stringify({
      Name: "tetragon",
      Version: "v1.7.0",
      Probes: { buildid: true, lsm: false },
      Conf: { count: 5, flag: true, list: ["a", "b"], none: null, other: null, text: "x" },
      Build: { GoVersion: "go1.25", Commit: "abc", Time: "", Modified: "" },
    }),
  );
});
