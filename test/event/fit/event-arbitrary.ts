/** @module Random valid events, made from the schemas themselves. */
import fc from "fast-check";
import type { JsonObject } from "../../../src/event/batch.ts";
import { entriesOf, type SchemaNode, schemaNode } from "../../../src/event/fields.ts";
import { GetEventsResponse } from "../../../src/event/schema/event.ts";

/** Strings that cost more in JSON than they are long, and lone halves of pairs. */
export const text: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(
      fc.constantFrom("a", "/", '"', "\\", "\n", "\u0001", "\u007f", "ä", "…", "😀", "\ud83d", "\ude00"),
    ),
    fc.oneof({ arbitrary: fc.constant(1), weight: 3 }, fc.constantFrom(20, 200, 2000)),
  )
  .map(([parts, times]) => parts.join("").repeat(times));

const identity = fc.stringMatching(/^[a-z0-9:=-]{0,60}$/);
const base64 = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const time = fc.constantFrom("2023-09-09T23:27:42.751301123Z", "2024-02-29T00:00:60+01:00");
const decimal = (min: bigint, max: bigint) => fc.bigInt({ min, max }).map(String);

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  uint32: fc.nat(),
  int32: fc.integer(),
  uint64: fc.oneof(fc.nat(), decimal(0n, 2n ** 64n - 1n)),
  int64: fc.oneof(fc.integer(), decimal(-(2n ** 63n), 2n ** 63n - 1n)),
  "RFC 3339 time": time,
  "enum name": fc.constantFrom("CAP_SYS_ADMIN", "SOME_NEW_ONE", 3),
  base64,
};

/** Values that `node` finds valid. */
function valuesOf(node: SchemaNode): fc.Arbitrary<unknown> {
  if (node.wrapped !== undefined) return valuesOf(node.wrapped);
  const entries = entriesOf(node);
  if (entries !== undefined) return messages(entries);
  if (node.type === "array") return fc.array(valuesOf(node.item!), { maxLength: 12 });
  const first = node.pipe?.[0] ?? node;
  if (node.pipe?.some(({ type }) => type === "record"))
    return fc.dictionary(fc.string(), text, { maxKeys: 12 });
  if (first.type === "boolean") return fc.boolean();
  if (first.type === "string") {
    const metadata = node.pipe?.find((item) => item.metadata !== undefined)?.metadata as
      | { shorten: string }
      | undefined;
    return metadata?.shorten === "never" ? identity : text;
  }
  const scalar = SCALARS[String(first.message)];
  if (scalar === undefined) throw new TypeError(`Cannot make a value of type "${first.type}"`);
  return scalar;
}

const unknownFields = fc.dictionary(fc.string(), fc.oneof(text, fc.jsonValue({ maxDepth: 3 })), {
  maxKeys: 3,
});

/** Messages with a few of their fields, and fields that they do not have. */
function messages(entries: Readonly<Record<string, SchemaNode>>): fc.Arbitrary<JsonObject> {
  const names = Object.keys(entries);
  const fields = Object.fromEntries(names.map((name) => [name, memo(entries[name]!)]));
  return fc
    .tuple(
      fc
        .subarray(names, { maxLength: Math.min(8, names.length) })
        .chain((chosen) => fc.record(pick(fields, chosen))),
      fc.oneof({ arbitrary: fc.constant({}), weight: 4 }, unknownFields),
    )
    .map(([known, others]) => ({ ...withoutKeys(others, names), ...known }));
}

const made = new Map<SchemaNode, fc.Arbitrary<unknown>>();

/** The schemas share messages, so their arbitraries do. */
function memo(node: SchemaNode): fc.Arbitrary<unknown> {
  let arbitrary = made.get(node);
  if (arbitrary === undefined) {
    arbitrary = valuesOf(node);
    made.set(node, arbitrary);
  }
  return arbitrary;
}

function pick<T>(from: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, from[name]!]));
}

function withoutKeys(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !names.includes(key)));
}

const {
  time: eventTime,
  node_name,
  cluster_name,
  node_labels,
  ...types
} = entriesOf(schemaNode(GetEventsResponse))!;

/** Valid events: mostly of one of Tetragon's types, sometimes of a type that the schemas lack. */
export const validEvents: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.oneof(
      ...Object.entries(types).map(([type, node]) => valuesOf(node).map((payload) => ({ [type]: payload }))),
      valuesOf(types.process_exec!).map((payload) => ({ process_connect: payload })),
    ),
    messages({
      time: eventTime!,
      node_name: node_name!,
      cluster_name: cluster_name!,
      node_labels: node_labels!,
    }),
  )
  .map(([event, common]) => ({ ...event, ...common }));
