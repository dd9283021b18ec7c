/** @module A digest of the effective configuration, by which a receiver sees that it is another one. */
import { configRows } from "../config/options.ts";
import { parseCustomField } from "../metadata/custom-field.ts";
import { EXPORTERS } from "./components.ts";
import type { FieldValues } from "./metadata-fields.ts";
import { readNamedExporters } from "./named-exporters.ts";
import { OPTION_TABLE, type OptionValues } from "./option-table.ts";

/** Hexadecimal digits: 128 bits tell configurations apart, and a datagram may have to be small. */
const DIGITS = 32;

/**
 * The same for the same effective values, wherever each comes from and however it was written; another one otherwise. No
 * secret is in it, so that nobody can guess one by trying: of custom fields, what redaction leaves.
 * @param fields What metadata events say by `--metadata-field`.
 */
export function configDigest(values: OptionValues, fields: FieldValues): string {
  const named = namedExporters(values);
  const own = canonical(values, (name) =>
    name === "metadata-field" ? values[name].map((item) => shownField(item, fields)) : undefined,
  );
  const text = JSON.stringify([own, named]);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, DIGITS);
}

/** The field as it is written; where its value is written there, with the one that is said. */
function shownField(item: string, fields: FieldValues): string {
  const field = parseCustomField(item);
  if (typeof field === "string" || field.from === "env" || field.from === "file") return item;
  return `${field.name}:=${JSON.stringify(fields.get(field.name))}`;
}

function namedExporters(values: OptionValues) {
  if (values.exporters.length + values.exporter.length === 0) return [];
  const named = readNamedExporters(values, EXPORTERS, () => "").exporters.map(
    ({ name, definition, config }) => [name, definition.type, canonical(config.values)] as const,
  );
  named.sort(([one], [other]) => (one < other ? -1 : 1));
  return named;
}

/**
 * Options that do not have their default and the texts that each value is written as, in the order of their names.
 * @param shown What stands for the value, where something does. @default nothing
 */
function canonical(
  values: Readonly<Record<string, unknown>>,
  shown: (name: string) => unknown = () => undefined,
): [name: string, text: string][] {
  const defaults: Readonly<Record<string, unknown>> = OPTION_TABLE.defaults;
  const names: string[] = [];
  // Most have it, and the start has 30 ms in all.
  for (const name in values) {
    if (
      values[name] === defaults[name] ||
      name === "exporters" ||
      name === "exporter" ||
      Object.hasOwn(configRows(), name)
    )
      continue;
    names.push(name);
  }
  const texts: [name: string, text: string][] = [];
  for (const name of names.sort()) {
    const { kind, secret } = OPTION_TABLE.row(name);
    const text = kind.format(shown(name) ?? values[name]);
    if (!secret && text !== kind.format(defaults[name])) texts.push([name, text]);
  }
  return texts;
}
