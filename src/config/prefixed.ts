/** @module Rows of options that several components have, each component under its own prefix. */
import type { Option, OptionRows, ValuesOf } from "./option.ts";

/** Rows whose section is added by whoever has them. */
export type SharedRows = Readonly<Record<string, Omit<Option, "group">>>;

/** `{ "tls-cert-file": … }` as `{ "syslog-tls-cert-file": … }`. */
export type Prefixed<P extends string, R extends SharedRows> = {
  readonly [Name in keyof R & string as `${P}-${Name}`]: R[Name] & { readonly group: string };
};

/** The rows under a prefix. @param group Title of their section. */
export function prefixed<const P extends string, const R extends SharedRows>(
  prefix: P,
  group: string,
  rows: R,
): Prefixed<P, R> {
  const entries = Object.entries(rows).map(([name, row]) => [`${prefix}-${name}`, { group, ...row }]);
  return Object.fromEntries(entries) as Prefixed<P, R>;
}

/** The values of such rows by their short names. @param values Of all options of a component. */
export function unprefixed<const R extends SharedRows>(
  prefix: string,
  rows: R,
  values: ValuesOf<OptionRows>,
): {
  readonly [Name in keyof R]: R[Name]["kind"] extends { parse(text: string): infer T | undefined }
    ? T
    : never;
} {
  const entries = Object.keys(rows).map((name) => [name, values[`${prefix}-${name}`]]);
  return Object.fromEntries(entries) as never;
}
