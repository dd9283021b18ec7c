/**
 * @module How the fields of a document are described: once, as data. The reader, the JSON Schema for editors and the
 * tables of the documentation are made from the descriptions, and so are the types of what is read.
 *
 * The project's own schema library would do for the shape, but knows neither where a value stands, nor that a key is
 * written in another case, nor what an old name is called now.
 */

/** What a value may be. */
export type Kind =
  | { readonly kind: "text" }
  | { readonly kind: "flag" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | {
      readonly kind: "choice";
      readonly values: readonly string[];
      readonly mistakes: Mistakes;
      /** Other words are judged later, by who knows more. */
      readonly isOpen: boolean;
    }
  | { readonly kind: "list"; readonly of: Kind }
  /** Any keys. */
  | { readonly kind: "table"; readonly of: Kind }
  | { readonly kind: "object"; readonly schema: ObjectSchema; readonly isNullable: boolean }
  /** Somebody else's, which is not looked into. */
  | { readonly kind: "anything" };

/** What people write by mistake, in lower case, and what to write instead. */
export type Mistakes = Readonly<Record<string, Mistake>>;

/** What is said of a mistake. */
export interface Mistake {
  /** To follow "expected". @default the names that are there */
  readonly expected?: string;
  readonly cure: string;
  /** The name that means the same today: it is read as that one, with a warning. */
  readonly means?: string;
}

/** A field of an object. */
export interface Field<K extends Kind = Kind> {
  readonly is: K;
  /** What it says, in a sentence. */
  readonly doc: string;
  readonly isRequired?: true;
  readonly default?: string | boolean | number;
}

/** Fields by their names. */
export type Fields = Readonly<Record<string, Field>>;

/** An object of a document. */
export interface ObjectSchema<F extends Fields = Fields> {
  /** As headings of the documentation have it. */
  readonly name: string;
  readonly fields: F;
  /** Of keys. */
  readonly mistakes: Mistakes;
  /** What to write instead of any other key. */
  readonly cureOfOthers?: string;
}

/** The type of what is read. */
export type ValueOf<K extends Kind> = K extends { kind: "text" }
  ? string
  : K extends { kind: "flag" }
    ? boolean
    : K extends { kind: "integer" }
      ? number
      : K extends { kind: "choice"; values: readonly (infer V)[] }
        ? V
        : K extends { kind: "list"; of: infer I extends Kind }
          ? readonly ValueOf<I>[]
          : K extends { kind: "table"; of: infer I extends Kind }
            ? Readonly<Record<string, ValueOf<I>>>
            : K extends { kind: "object"; schema: infer S extends ObjectSchema; isNullable: infer N }
              ? N extends true
                ? Read<S> | null
                : Read<S>
              : unknown;

/**
 * An object that was read. A field is `undefined` where the document does not have it and it has no default, or where it
 * is wrong, which has been said then.
 */
export type Read<S extends ObjectSchema> = {
  readonly [F in keyof S["fields"]]?: ValueOf<S["fields"][F]["is"]> | undefined;
};

const INT32 = 2 ** 31;

/** A string. */
export const text = { kind: "text" } as const;
/** A boolean. */
export const flag = { kind: "flag" } as const;
/** What is not looked into. */
export const anything = { kind: "anything" } as const;
/** An unsigned integer of 32 bits. */
export const uint32 = { kind: "integer", min: 0, max: 2 ** 32 - 1 } as const;
/** A signed integer of 32 bits. */
export const int32 = { kind: "integer", min: -INT32, max: INT32 - 1 } as const;

/** One of some words. */
export function choice<const V extends readonly string[]>(
  values: V,
  mistakes: Mistakes = {},
): { readonly kind: "choice"; readonly values: V; readonly mistakes: Mistakes; readonly isOpen: false } {
  return { kind: "choice", values, mistakes, isOpen: false };
}

/** The same, but the reader lets other words pass. */
export function openChoice<const V extends readonly string[]>(
  values: V,
  mistakes: Mistakes = {},
): { readonly kind: "choice"; readonly values: V; readonly mistakes: Mistakes; readonly isOpen: true } {
  return { kind: "choice", values, mistakes, isOpen: true };
}

/** A list. */
export function list<K extends Kind>(of: K): { readonly kind: "list"; readonly of: K } {
  return { kind: "list", of };
}

/** A mapping of any keys. */
export function table<K extends Kind>(of: K): { readonly kind: "table"; readonly of: K } {
  return { kind: "table", of };
}

/** An object of a schema. */
export function object<S extends ObjectSchema>(
  schema: S,
): { readonly kind: "object"; readonly schema: S; readonly isNullable: false } {
  return { kind: "object", schema, isNullable: false };
}

/** An object of a schema, or `null`. */
export function nullable<S extends ObjectSchema>(
  schema: S,
): { readonly kind: "object"; readonly schema: S; readonly isNullable: true } {
  return { kind: "object", schema, isNullable: true };
}

/** A field. */
export function optional<K extends Kind>(is: K, doc: string): Field<K> {
  return { is, doc };
}

/** A field that must be there. */
export function required<K extends Kind>(is: K, doc: string): Field<K> {
  return { is, doc, isRequired: true };
}

/** A field with a value that it has when the document does not say another. */
export function withDefault<K extends Kind>(is: K, value: string | boolean | number, doc: string): Field<K> {
  return { is, doc, default: value };
}

/** An object's description. */
export function schema<F extends Fields>(name: string, fields: F, mistakes: Mistakes = {}): ObjectSchema<F> {
  return { name, fields, mistakes };
}
