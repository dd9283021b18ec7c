/** @module The custom fields of metadata events: checked, read, redacted. */
import { ConfigError, quote } from "../config/error.ts";
import { optionProblem } from "../config/layer.ts";
import { readTrustedFile } from "../config/trust.ts";
import {
  type CustomField,
  MAX_FIELDS,
  MAX_TOTAL_BYTES,
  parseCustomField,
  valueProblem,
} from "../metadata/custom-field.ts";
import { startEnvironment } from "../os/start-environment.ts";
import type { OptionValues } from "./option-table.ts";

const OPTION = "metadata-field";
const HOW =
  "name=text, name:=JSON, name=@file or name=env:VARIABLE, each name once and none that the agent's own fields have";

/** The variables that fields may name. */
type Variables = Readonly<Record<string, string | undefined>>;

/** Values of fields by name, in the order in which they were given. */
export type FieldValues = ReadonlyMap<string, unknown>;

/** What is wrong with the fields as they are written, a line each; looks at no file. @param origin Where they were set. */
export function metadataFieldProblems(items: readonly string[], origin: string): string[] {
  const refuse = (found: string, expected = HOW) => optionProblem(OPTION, { origin, found, expected });
  if (items.length > MAX_FIELDS) return [refuse(`${items.length} fields`, `at most ${MAX_FIELDS}`)];
  const names = new Set<string>();
  return items.flatMap((item) => {
    const field = parseCustomField(item);
    if (typeof field === "string") return [refuse(`${field} in ${quote(item)}`)];
    if (names.size === names.add(field.name).size) return [refuse(`${quote(field.name)} twice`)];
    return [];
  });
}

/**
 * Reads the values of fields that {@link metadataFieldProblems} has nothing against.
 * @throws ConfigError with a line for each value that is not there or not good.
 */
export async function readMetadataFields(values: OptionValues, env: Variables): Promise<FieldValues> {
  const fields = values[OPTION].map(parseCustomField).filter((field) => typeof field !== "string");
  if (fields.length === 0) return new Map();
  const problems: string[] = [];
  const isOther = ({ from, text }: CustomField) => from === "env" && env[text] === undefined;
  const variables = fields.some(isOther) ? { ...Object.fromEntries(await startEnvironment()), ...env } : env;
  const redact = await redactionOf(values["redaction-filters"]);
  const found = new Map<string, unknown>();
  for (const field of fields) {
    const value = readValue(field, variables, problems);
    const problem = valueProblem(field.name, value);
    if (problem === undefined) found.set(field.name, redactedValue(field.name, value, redact));
    else problems.push(`Cannot use --${OPTION} ${quote(field.name)}: found ${problem}`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(found)));
  if (bytes > MAX_TOTAL_BYTES)
    problems.push(`Cannot use --${OPTION}: found ${bytes} bytes in all, expected at most ${MAX_TOTAL_BYTES}`);
  if (problems.length > 0) throw new ConfigError(problems);
  return found;
}

function readValue({ name, from, text }: CustomField, env: Variables, problems: string[]): unknown {
  const refuse = (what: string) => problems.push(`Cannot use --${OPTION} ${quote(name)}: ${what}`);
  switch (from) {
    case "text":
      return text;
    case "json":
      return JSON.parse(text);
    case "env": {
      const variable = env[text];
      if (variable === undefined)
        refuse(
          `found no variable ${quote(text)}, expected it to be set (for the text itself: ${name}:="env:...")`,
        );
      return variable ?? "";
    }
    case "file": {
      const read = readTrustedFile(text);
      if ("refused" in read) refuse(`file ${quote(text)}: ${read.refused}`);
      else if (read.text === undefined)
        refuse(`found no file ${quote(text)}, expected one (for the text itself: ${name}:="@...")`);
      else return read.text.replace(/\r?\n$/, "");
      return "";
    }
  }
}

type Redact = (text: string) => string;

/** Patterns see a field as they see an environment variable, as `name=value`, whatever binary they are for. */
function redactedValue(name: string, value: unknown, redact: Redact): unknown {
  if (Array.isArray(value)) return value.map((item) => redactedValue(name, item, redact));
  if (value === null) return value;
  const text = `${name}=${value}`;
  const redacted = redact(text);
  if (redacted === text) return value;
  const equals = redacted.indexOf("=");
  return equals === -1 ? redacted : redacted.slice(equals + 1);
}

/** Loaded only where there is something to redact, and to redact by. A filter that does not parse ends the start elsewhere. */
async function redactionOf(filters: string): Promise<Redact> {
  if (filters === "") return (text) => text;
  const [{ readRedactionRules }, { Problems }] = await Promise.all([
    import("../pipeline/redact/rules.ts"),
    import("../pipeline/config/problems.ts"),
  ]);
  const problems = new Problems();
  const rules = readRedactionRules(filters, problems, () => {});
  problems.throwIfAny();
  return (text) => rules.reduce((left, rule) => rule.redact(left), text);
}
