import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { compileProto, PROTO_DIRECTORY, renderDescription } from "../../scripts/generate/description.ts";
import { compileValidator } from "../../src/event/compile.ts";
import { ADDED_FIELDS } from "../../src/event/description/added-fields.ts";
import * as descriptors from "../../src/event/description/descriptor.ts";
import * as eventlog from "../../src/event/description/generated/eventlogservice.ts";
import * as events from "../../src/event/description/generated/events.ts";
import * as sensors from "../../src/event/description/generated/sensors.ts";
import * as tetragon from "../../src/event/description/generated/tetragon.ts";
import { schemaReason } from "../../src/event/reason.ts";
import { LineScanner } from "../../src/event/scan/scan.ts";
import { scanTable } from "../../src/event/scan/table.ts";
import { TextMemory } from "../../src/event/scan/text-memory.ts";

/** The machine may be busy. */
setDefaultTimeout(60_000);

const directory = mkdtempSync(join(tmpdir(), "tetrad-proto-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A copy of the project's .proto files with `change` made to one of them. */
function changedProto(name: string, change: (text: string) => string): string {
  const copy = mkdtempSync(join(directory, "copy-"));
  cpSync(PROTO_DIRECTORY, copy, { recursive: true });
  const path = join(copy, name);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return copy;
}

const addLine = (after: string, line: string) => (text: string) => text.replace(after, `${after}\n${line}`);

const generated = new Map<string, unknown>(
  [eventlog, events, sensors, tetragon].flatMap((module) =>
    Object.values<unknown>(module).flatMap((value) =>
      value instanceof descriptors.MessageDescriptor ? [[value.name, value] as const] : [],
    ),
  ),
);

const CARDINALITIES = {
  list: "repeated",
  map: "map",
  scalar: "single",
  enum: "single",
  message: "single",
} as const;

/** What the compiler says of a field, as descriptors say it. */
function expected(field: DescField): ReturnType<typeof found> {
  return {
    name: field.name,
    number: field.number,
    cardinality: CARDINALITIES[field.fieldKind],
    isWrapped: field.fieldKind === "message" && /Value$/.test(field.message.typeName),
    oneof: field.oneof?.name,
    isDeprecated: field.deprecated,
    camel: field.jsonName,
  };
}

function found(field: descriptors.FieldDescriptor) {
  const { name, number, cardinality, isWrapped, oneof, isDeprecated } = field;
  return { name, number, cardinality, isWrapped, oneof, isDeprecated, camel: descriptors.camelName(name) };
}

describe("the generated description", () => {
  test("has every message of the .proto files, with their fields in order", () => {
    const messages: DescMessage[] = [];
    for (const type of compileProto()) {
      if (type.kind === "message" && type.file.proto.package === "tetragon") messages.push(type);
    }
    expect(messages.length).toBe(generated.size);
    for (const message of messages) {
      const descriptor = generated.get(message.typeName) as descriptors.MessageDescriptor;
      const added = Object.keys(ADDED_FIELDS[message.typeName] ?? {});
      const fields = [...descriptor.fields.values()];
      const { length } = message.fields;
      expect(fields.slice(0, length).map(found)).toEqual(message.fields.map(expected));
      expect(fields.slice(length).map(({ name, number }) => [name, number])).toEqual(
        added.map((name) => [name, undefined]),
      );
    }
  });

  test("has both services", () => {
    expect(sensors.FineGuidanceSensors.methods).toHaveLength(18);
    expect(sensors.FineGuidanceSensors.methods[0]).toEqual({
      name: "GetEvents",
      input: events.GetEventsRequest,
      output: events.GetEventsResponse,
      isServerStreaming: true,
    });
    expect(eventlog.EventLogService.methods.map(({ name }) => name)).toEqual([
      "SetEventLogParams",
      "GetEventLogParams",
    ]);
  });
});

/** The lines of the generated files that are not in the project's. */
function newLines(files: Record<string, string | undefined>): string[] {
  const current = renderDescription();
  return Object.entries(files).flatMap(([path, text]) => {
    const known = new Set(current[path]?.split("\n"));
    return (text ?? "").split("\n").filter((line) => !known.has(line));
  });
}

describe("a field more in a .proto file", () => {
  const proto = changedProto(
    "tetragon/tetragon.proto",
    addLine("  string parent_exec_id = 12;", "  google.protobuf.Int32Value nice = 99;"),
  );
  const files = renderDescription(compileProto(proto));

  test("is a line of the type and a line of the descriptor", () => {
    expect(newLines(files)).toEqual([
      "  nice?: number | string | null | undefined;",
      '  field("nice", 99, "int32", { wrapped: true }),',
    ]);
  });

  test("is validated, scanned and given a reason, without another change", async () => {
    const target = mkdtempSync(join(directory, "generated-"));
    const descriptor = join(import.meta.dir, "../../src/event/description/descriptor.ts");
    for (const [path, text] of Object.entries(files))
      writeFileSync(join(target, basename(path)), text!.replaceAll("../descriptor.ts", descriptor));
    const { GetEventsResponse } = (await import(join(target, "events.ts"))) as typeof events;
    const isValid = compileValidator(GetEventsResponse);
    const { bytes } = new TextMemory(10_000, scanTable({ message: GetEventsResponse, added: [] }));
    const withNice = (nice: unknown) => ({ process_exec: { process: { pid: 1, nice } } });
    const isSure = (value: unknown): boolean => {
      const line = Buffer.from(`${JSON.stringify(value)}\n`);
      bytes.set(line);
      return new LineScanner(bytes, "full").isValid(0, line.length);
    };
    for (const nice of [-5, "19", null]) {
      expect({ nice, isValid: isValid(withNice(nice)) }).toEqual({ nice, isValid: true });
      expect({ nice, isSure: isSure(withNice(nice)) }).toEqual({ nice, isSure: true });
    }
    expect(isValid(withNice("high"))).toBe(false);
    expect(isSure(withNice("high"))).toBe(false);
    expect(schemaReason(withNice("high"), GetEventsResponse)).toBe(
      "process_exec.process.nice: expected int32, found string",
    );
  });
});

describe("a .proto file", () => {
  test("that no compiler accepts is refused with the compiler's findings", () => {
    const proto = changedProto(
      "tetragon/events.proto",
      addLine("  uint64 count = 1;", "  uint64 total = 1;"),
    );
    expect(() => compileProto(proto)).toThrow(/events\.proto:\d+:\d+:field number `1` used more than once/);
  });

  test("with a type that descriptors lack is refused by the field's name", () => {
    const proto = changedProto("tetragon/events.proto", addLine("  uint64 count = 1;", "  double mean = 2;"));
    expect(() => renderDescription(compileProto(proto))).toThrow(
      "Cannot generate field tetragon.AggregationInfo.mean: src/event/description/descriptor.ts lacks the type double",
    );
  });
});
