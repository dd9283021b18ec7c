/**
 * @module Removes secrets from events: arguments, environment variables and what nobody knows yet of the process, its
 * parent and its ancestors.
 *
 * This is a security boundary. What cannot be redacted because it does not look as it should must not leave. Each text is
 * redacted once, from what the event said: what stands elsewhere in the line makes no difference to it.
 */
import { camelName, Process } from "../../event/description/index.ts";
import type { WantedFields } from "../../event/fetch/wanted.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { isEventField, stringField } from "../subject.ts";
import type { RedactionRule } from "./rules.ts";

/** Keys under which secrets are, as they stand in JSON text when none of their letters is escaped. */
const ARGUMENTS_KEY = Buffer.from('"arguments"');
const ENVIRONMENT_KEY = Buffer.from('"environment_variables"');
/** protobuf's JSON readers take this name for the field, too, although Tetragon never writes it. */
const ENVIRONMENT_CAMEL_KEY = Buffer.from('"environmentVariables"');
const UNICODE_ESCAPE = Buffer.from("\\u");

/** Fields of a process, in both spellings; any other may hold the arguments in the form of a later release. */
const KNOWN_FIELDS = new Set([...Process.fields.keys()].flatMap((name) => [name, camelName(name)]));

/** Fields of events that are processes. */
const PROCESSES: ReadonlySet<string> = new Set(["process", "parent", "ancestors"]);

/** Events are about ten levels deep; deeper than this is not an event. */
const MAX_DEPTH = 100;

/** Redacts one event after another. */
export class Redactor {
  readonly #rules: readonly RedactionRule[];
  /** Rules that apply to the process at hand. */
  readonly #applicable: RedactionRule[] = [];
  #isUnsafe = false;
  #argumentsKeys = 0;
  #environmentKeys = 0;

  constructor(rules: readonly RedactionRule[]) {
    this.#rules = rules;
  }

  /** Texts of which one is in every line in which something is redacted; `undefined` where they are not known. */
  get literals(): readonly string[] | undefined {
    const literals = this.#rules.map((rule) => rule.literals);
    return literals.some((texts) => texts === undefined) ? undefined : literals.flatMap((texts) => texts!);
  }

  /** Whether it asks which binaries processes run. */
  get looksAtBinaries(): boolean {
    return this.#rules.some((rule) => rule.looksAtBinary);
  }

  /** Asks for all that {@link redact} looks at in an event that is certainly valid, and all that its line says. */
  addWanted(wanted: WantedFields): void {
    for (const process of ["process", "parent", "ancestors"]) {
      for (const field of ["binary", "arguments", "environment_variables"]) wanted.add(`${process}.${field}`);
    }
  }

  /**
   * Makes a copy of `event` without secrets; what has none is shared.
   * @param line The JSON text that it was decoded from, if that may say more than was looked at.
   * @returns `event` itself when it has none; `undefined` when it holds what cannot be redacted, and must be dropped.
   */
  redact(event: JsonObject, line: Buffer | undefined): JsonObject | undefined {
    this.#isUnsafe = false;
    this.#argumentsKeys = this.#environmentKeys = 0;
    let redacted = event;
    for (const field in event) {
      const payload = isEventField(field) ? asObject(event[field]) : undefined;
      if (payload !== undefined) redacted = replaced(redacted, event, field, this.#payload(payload));
    }
    // Somewhere else there are such fields, too.
    if (line !== undefined && this.#holdsMore(line)) redacted = this.#everywhere(event, 0) as JsonObject;
    return this.#isUnsafe ? undefined : redacted;
  }

  /** Redacts whatever looks like a process or is called one, wherever it is. */
  #everywhere(value: unknown, depth: number, name = ""): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (depth === MAX_DEPTH) {
      this.#isUnsafe = true;
      return value;
    }
    if (Array.isArray(value)) return mapShared(value, (item) => this.#everywhere(item, depth + 1, name));
    const original = value as JsonObject;
    let redacted = isProcess(value) || PROCESSES.has(name) ? this.#process(original) : original;
    for (const field of Object.keys(original)) {
      if (isSecretField(field)) continue;
      redacted = replaced(redacted, original, field, this.#everywhere(redacted[field], depth + 1, field));
    }
    return redacted;
  }

  #payload(payload: JsonObject): JsonObject {
    const { process, parent, ancestors } = payload;
    let redacted = payload;
    if (process !== undefined && process !== null)
      redacted = replaced(redacted, payload, "process", this.#processIn(process));
    if (parent !== undefined && parent !== null)
      redacted = replaced(redacted, payload, "parent", this.#processIn(parent));
    if (ancestors === undefined || ancestors === null) return redacted;
    if (!Array.isArray(ancestors)) this.#isUnsafe = true;
    else {
      const kept = mapShared(ancestors, (ancestor) => (ancestor === null ? null : this.#processIn(ancestor)));
      redacted = replaced(redacted, payload, "ancestors", kept);
    }
    return redacted;
  }

  #processIn(value: unknown): unknown {
    const process = asObject(value);
    if (process !== undefined) return this.#process(process);
    this.#isUnsafe = true;
    return value;
  }

  #process(process: JsonObject): JsonObject {
    const binary = stringField(process, "binary");
    this.#applicable.length = 0;
    for (const rule of this.#rules) if (rule.appliesTo(binary)) this.#applicable.push(rule);
    let redacted = process;
    const { arguments: text } = process;
    if (text !== undefined) {
      this.#argumentsKeys++;
      if (typeof text === "string") redacted = replaced(redacted, process, "arguments", this.#text(text));
      else if (text !== null) this.#isUnsafe = true;
    }
    const { environment_variables, environmentVariables } = process;
    if (environment_variables !== undefined)
      redacted = replaced(redacted, process, "environment_variables", this.#variables(environment_variables));
    if (environmentVariables !== undefined)
      redacted = replaced(redacted, process, "environmentVariables", this.#variables(environmentVariables));
    for (const field in process) {
      if (!KNOWN_FIELDS.has(field))
        redacted = replaced(redacted, process, field, this.#strings(process[field], 0));
    }
    return redacted;
  }

  /** All texts in a field that nobody knows; processes in it are found by {@link Redactor.#everywhere}. */
  #strings(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null || isProcess(value)) return value;
    if (depth === MAX_DEPTH) {
      this.#isUnsafe = true;
      return value;
    }
    if (Array.isArray(value)) return mapShared(value, (item) => this.#strings(item, depth + 1));
    const original = value as JsonObject;
    let redacted = original;
    for (const field in original)
      redacted = replaced(redacted, original, field, this.#strings(original[field], depth + 1));
    return redacted;
  }

  #variables(variables: unknown): unknown {
    this.#environmentKeys++;
    if (Array.isArray(variables))
      return mapShared(variables, (variable) => this.#variable(asObject(variable)));
    if (variables !== null) this.#isUnsafe = true;
    return variables;
  }

  /** Patterns see a variable as `NAME=value`; what they leave is divided at its first `=` again. */
  #variable(variable: JsonObject | undefined): unknown {
    if (variable === undefined || !isVariable(variable)) {
      this.#isUnsafe = true;
      return variable;
    }
    const nameKey = "key" in variable ? "key" : "Key";
    const valueKey = "value" in variable ? "value" : "Value";
    const { [nameKey]: name = "", [valueKey]: value = "" } = variable;
    const text = `${name}=${value}`;
    const redacted = this.#text(text);
    if (redacted === text) return variable;
    const equals = redacted.indexOf("=");
    return {
      ...variable,
      [nameKey]: equals === -1 ? redacted : redacted.slice(0, equals),
      [valueKey]: equals === -1 ? "" : redacted.slice(equals + 1),
    };
  }

  #text(text: string): string {
    let redacted = text;
    for (const rule of this.#applicable) redacted = rule.redact(redacted);
    return redacted;
  }

  /**
   * Whether there may be arguments or variables where no process was looked for: a key that occurs more often than it
   * was found, or that may be spelled with escapes.
   */
  #holdsMore(line: Buffer): boolean {
    return (
      line.includes(UNICODE_ESCAPE) ||
      countOccurrences(line, ARGUMENTS_KEY) !== this.#argumentsKeys ||
      countOccurrences(line, ENVIRONMENT_KEY) + countOccurrences(line, ENVIRONMENT_CAMEL_KEY) !==
        this.#environmentKeys
    );
  }
}

/** Whether it has what is redacted in a process. */
function isProcess(value: object): boolean {
  return "arguments" in value || "environment_variables" in value || "environmentVariables" in value;
}

/** `copy`, which shares what it can with `original`, with `value` in `field`. */
function replaced(copy: JsonObject, original: JsonObject, field: string, value: unknown): JsonObject {
  if (original[field] === value) return copy;
  if (copy !== original) {
    copy[field] = value;
    return copy;
  }
  return { ...original, [field]: value };
}

/** `items` with each in its new form, or `items` itself when all are as they were. */
function mapShared(items: readonly unknown[], map: (item: unknown) => unknown): readonly unknown[] {
  const mapped = items.map(map);
  return mapped.some((item, index) => item !== items[index]) ? mapped : items;
}

/** What {@link Redactor} has looked at where a process is. */
function isSecretField(field: string): boolean {
  return field === "arguments" || field === "environment_variables" || field === "environmentVariables";
}

/** Whether `variable` has at most one name and one value, and nothing else that could be a secret. */
function isVariable(variable: JsonObject): boolean {
  for (const field in variable) {
    if (!/^(?:[Kk]ey|[Vv]alue)$/.test(field) || typeof variable[field] !== "string") return false;
  }
  return !("key" in variable && "Key" in variable) && !("value" in variable && "Value" in variable);
}

function countOccurrences(text: Buffer, part: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
