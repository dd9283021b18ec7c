/**
 * @module What a message is, as everyone in the project reads it: fields by name, with their numbers, kinds,
 * wrappers and one-ofs.
 *
 * The messages of Tetragon's API are generated from `proto/` into `generated/`; those that the API lacks are in
 * `additions.ts`, fields that its messages lack in `added-fields.ts`. Schemas, the validator, the scanner, filter keys, field-mask paths, CEL's types and the shortening
 * of events are derived from descriptors. A message builds its fields when they are first asked for: a start that
 * needs no fields pays nothing for them, and messages may refer to each other in any order.
 */
import { ADDED_FIELDS } from "./added-fields.ts";

/** protobuf's scalar types that Tetragon's API uses. */
export type ScalarKind = "bool" | "string" | "bytes" | "int32" | "int64" | "uint32" | "uint64";

/** Messages of `google.protobuf` whose JSON is not that of their fields. */
export type WellKnownKind = "timestamp" | "duration" | "field_mask" | "any";

/**
 * What protobuf has no type for: a time in UTC, integers of 32 bits and up to 2^53 - 1 that are never a string, and
 * seconds with a fraction. Of the metadata events only.
 */
export type OwnKind = "utc_time" | "uint32_number" | "count_number" | "seconds_number";

/** A value that has no fields of its own. */
export interface SimpleType {
  readonly kind: ScalarKind | WellKnownKind | OwnKind;
}

/** The one value that a field may have. */
export interface LiteralType {
  readonly kind: "literal";
  readonly value: string;
}

/** An enum's values by name. */
export type EnumTable = Readonly<Record<string, number>>;

/** An enum's value in an event: by name, also one that the table does not have, or by number. */
export type EnumValue<T> = Extract<keyof T, string> | (string & {}) | number;

/** An enum. */
export class EnumDescriptor {
  readonly kind = "enum";
  /** With its package: `tetragon.EventType`. */
  readonly name: string;
  /** Numbers by name, in the order of the .proto file. */
  readonly table: EnumTable;

  constructor(name: string, table: EnumTable) {
    this.name = name;
    this.table = table;
  }
}

/** The type of a field's value, or of each value of a list or a map. */
export type ValueType = SimpleType | LiteralType | EnumDescriptor | MessageDescriptor;

/** A field of a message. */
export interface FieldDescriptor {
  /** Its name in .proto files, which is its name in Tetragon's JSON: `parent_exec_id`. */
  readonly name: string;
  /** Its number in protobuf's binary form; `undefined` where protobuf does not have the field. */
  readonly number: number | undefined;
  /** Of each item where `cardinality` is `repeated`, of each value where it is `map`. */
  readonly type: ValueType;
  readonly cardinality: "single" | "repeated" | "map";
  /** The type of a map's keys. */
  readonly key: ScalarKind | undefined;
  /** Whether the scalar is wrapped (`google.protobuf.UInt32Value`), so that absent is not the same as 0 or false. */
  readonly isWrapped: boolean;
  /** The `oneof` that it is part of: of its fields at most one is there, and one that is there counts as set. */
  readonly oneof: string | undefined;
  readonly isDeprecated: boolean;
  /** `nullish` is protojson's way: null is the same as absent. */
  readonly presence: "nullish" | "optional" | "required";
}

/** What a field is besides its name, number and type. */
export interface FieldOptions {
  readonly repeated?: true;
  /** The field is a map, with keys of this type. */
  readonly map?: ScalarKind;
  readonly wrapped?: true;
  readonly oneof?: string;
  readonly deprecated?: true;
  /** @default "nullish" */
  readonly presence?: FieldDescriptor["presence"];
}

/** A type as fields are declared with it: scalars by their kind alone. */
export type DeclaredType = SimpleType["kind"] | LiteralType | EnumDescriptor | MessageDescriptor;

const NO_OPTIONS: FieldOptions = {};

/** Declares a field of a protobuf message. */
export function field(
  name: string,
  number: number | undefined,
  declared: DeclaredType,
  options: FieldOptions = NO_OPTIONS,
): FieldDescriptor {
  return {
    name,
    number,
    type: typeof declared === "string" ? { kind: declared } : declared,
    cardinality: options.map !== undefined ? "map" : options.repeated === true ? "repeated" : "single",
    key: options.map,
    isWrapped: options.wrapped === true,
    oneof: options.oneof,
    isDeprecated: options.deprecated === true,
    presence: options.presence ?? "nullish",
  };
}

function addedFields(message: string): FieldDescriptor[] {
  return Object.entries(ADDED_FIELDS[message] ?? {}).map(([name, kind]) => field(name, undefined, kind));
}

/** A message type. `T` is what its JSON is in TypeScript. */
export class MessageDescriptor<T = unknown> {
  /** Never there: carries `T`. */
  declare readonly json?: T;
  readonly kind = "message";
  /** With its package: `tetragon.Process`. */
  readonly name: string;
  readonly #declare: () => readonly FieldDescriptor[];
  #fields: ReadonlyMap<string, FieldDescriptor> | undefined;

  /** @param declare Makes the fields; called once, when they are first asked for. */
  constructor(name: string, declare: () => readonly FieldDescriptor[]) {
    this.name = name;
    this.#declare = declare;
  }

  /** The fields by name, in the order of the .proto file, in which Tetragon writes them; then those that it lacks. */
  get fields(): ReadonlyMap<string, FieldDescriptor> {
    this.#fields ??= new Map(
      [...this.#declare(), ...addedFields(this.name)].map((declared) => [declared.name, declared]),
    );
    return this.#fields;
  }
}

/** A procedure of a service. */
export interface MethodDescriptor {
  readonly name: string;
  readonly input: MessageDescriptor;
  readonly output: MessageDescriptor;
  readonly isServerStreaming: boolean;
}

/** A gRPC service. */
export interface ServiceDescriptor {
  /** With its package: `tetragon.FineGuidanceSensors`. */
  readonly name: string;
  readonly methods: readonly MethodDescriptor[];
}

/** A field's other name in JSON, which protojson reads as well: `parentExecId`. */
export function camelName(name: string): string {
  return name.replace(/_([a-zA-Z0-9])/g, (_, character: string) => character.toUpperCase());
}

/** What a type is called: `uint32`, `tetragon.Process`. No two types have one name, but for literals. */
export function typeName(type: ValueType): string {
  return type.kind === "message" || type.kind === "enum" ? type.name : type.kind;
}
