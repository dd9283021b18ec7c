/** @module Random valid events, made from the description itself. */
import fc from "fast-check";
import {
  ADDED_EVENT_TYPES,
  annotationOf,
  type FieldDescriptor,
  GetEventsResponse,
  MessageDescriptor,
  ProcessExec,
} from "../../../src/event/description/index.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";

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

const VALUES: { readonly [kind in FieldDescriptor["type"]["kind"]]?: fc.Arbitrary<unknown> } = {
  bool: fc.boolean(),
  uint32: fc.nat(),
  int32: fc.integer(),
  uint64: fc.oneof(fc.nat(), decimal(0n, 2n ** 64n - 1n)),
  int64: fc.oneof(fc.integer(), decimal(-(2n ** 63n), 2n ** 63n - 1n)),
  timestamp: time,
  enum: fc.constantFrom("CAP_SYS_ADMIN", "SOME_NEW_ONE", 3),
  bytes: base64,
};

/** Values that are valid in `field` of `message`. */
function valuesOf(message: MessageDescriptor, field: FieldDescriptor): fc.Arbitrary<unknown> {
  const value = itemOf(message, field);
  if (field.cardinality === "repeated") return fc.array(value, { maxLength: 12 });
  return field.cardinality === "map" ? fc.dictionary(fc.string(), value, { maxKeys: 12 }) : value;
}

function itemOf(message: MessageDescriptor, field: FieldDescriptor): fc.Arbitrary<unknown> {
  const { type } = field;
  if (type.kind === "message") return memo(type);
  if (type.kind === "string") return annotationOf(message, field).shorten === "never" ? identity : text;
  const values = VALUES[type.kind];
  if (values === undefined) throw new TypeError(`Cannot make a value of type "${type.kind}"`);
  return values;
}

const unknownFields = fc.dictionary(fc.string(), fc.oneof(text, fc.jsonValue({ maxDepth: 3 })), {
  maxKeys: 3,
});

/** Messages with a few of their fields, and fields that they do not have. */
function messages(message: MessageDescriptor): fc.Arbitrary<JsonObject> {
  const names = [...message.fields.keys()];
  const fields = Object.fromEntries(
    names.map((name) => [name, valuesOf(message, message.fields.get(name)!)]),
  );
  return fc
    .tuple(
      fc
        .subarray(names, { maxLength: Math.min(8, names.length) })
        .chain((chosen) => fc.record(pick(fields, chosen))),
      fc.oneof({ arbitrary: fc.constant({}), weight: 4 }, unknownFields),
    )
    .map(([known, others]) => ({ ...withoutKeys(others, names), ...known }));
}

const made = new Map<MessageDescriptor, fc.Arbitrary<JsonObject>>();

/** Fields share messages, so their arbitraries do. */
function memo(message: MessageDescriptor): fc.Arbitrary<JsonObject> {
  let arbitrary = made.get(message);
  if (arbitrary === undefined) {
    arbitrary = messages(message);
    made.set(message, arbitrary);
  }
  return arbitrary;
}

function pick<T>(from: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, from[name]!]));
}

function withoutKeys(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !names.includes(key)));
}

/** The fields beside the event, as a message of their own. */
const Common = new MessageDescriptor(GetEventsResponse.name, () =>
  [...GetEventsResponse.fields.values()].filter(({ oneof }) => oneof === undefined),
);

const eventTypes = [...GetEventsResponse.fields.values()].flatMap(({ name, oneof, type }) =>
  oneof !== undefined && type.kind === "message" ? [[name, type] as const] : [],
);

const ofType = (name: string, message: MessageDescriptor): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(memo(message), messages(Common))
    .map(([payload, common]) => ({ [name]: payload, ...common }) as JsonObject);

/** Valid events of each type that is described, by its name. */
export const VALID_EVENTS_BY_TYPE: ReadonlyMap<string, fc.Arbitrary<JsonObject>> = new Map(
  [...eventTypes, ...ADDED_EVENT_TYPES].map(([name, message]) => [name, ofType(name, message)]),
);

/** Valid events: mostly of one of Tetragon's types, sometimes of a type that its API lacks. */
export const validEvents: fc.Arbitrary<JsonObject> = fc.oneof(
  ...VALID_EVENTS_BY_TYPE.values(),
  ofType("process_of_tomorrow", ProcessExec),
);
