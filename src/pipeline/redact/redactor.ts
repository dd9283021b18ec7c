/**
 * @module Removes secrets from events: arguments and environment variables of the process, its parent and its
 * ancestors.
 *
 * This is a security boundary. What cannot be redacted because it does not look as it should is reported as
 * unsafe, and must not leave; neither may bytes that hold more than was decoded from them.
 */
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import { isEventField, stringField } from "../subject.ts";
import type { RedactionRule } from "./rules.ts";

/** What {@link Redactor.redact} found. */
export type RedactionResult =
  /** The line may leave as it is. */
  | "clean"
  /** The event was changed, or the line holds more than the event: encode the event, drop the line. */
  | "changed"
  /** The event holds something that cannot be redacted: drop it. */
  | "unsafe";

/** Keys under which secrets are, as they stand in JSON text when none of their letters is escaped. */
const ARGUMENTS_KEY = Buffer.from('"arguments"');
const ENVIRONMENT_KEY = Buffer.from('"environment_variables"');
/** protobuf's JSON readers take this name for the field, too, although Tetragon never writes it. */
const ENVIRONMENT_CAMEL_KEY = Buffer.from('"environmentVariables"');
const UNICODE_ESCAPE = Buffer.from("\\u");

/** Events are about ten levels deep; deeper than this is not an event. */
const MAX_DEPTH = 100;

/** Redacts one event after another. */
export class Redactor {
  readonly #rules: readonly RedactionRule[];
  /** Rules that apply to the process at hand. */
  readonly #applicable: RedactionRule[] = [];
  #isChanged = false;
  #isUnsafe = false;
  #argumentsKeys = 0;
  #environmentKeys = 0;

  constructor(rules: readonly RedactionRule[]) {
    this.#rules = rules;
  }

  /**
   * Redacts `event` in place.
   * @param line The JSON text that it was decoded from, if it was.
   */
  redact(event: JsonObject, line: Buffer | undefined): RedactionResult {
    this.#isChanged = this.#isUnsafe = false;
    this.#argumentsKeys = this.#environmentKeys = 0;
    for (const field in event) {
      if (!isEventField(field)) continue;
      const payload = asObject(event[field]);
      if (payload !== undefined) this.#redactPayload(payload);
    }
    if (line !== undefined && this.#holdsMore(line)) {
      this.#isChanged = true;
      this.#redactEverywhere(event, 0);
    }
    if (this.#isUnsafe) return "unsafe";
    return this.#isChanged ? "changed" : "clean";
  }

  /** Redacts whatever looks like a process, wherever it is. What was redacted before stays as it is. */
  #redactEverywhere(value: unknown, depth: number): void {
    if (typeof value !== "object" || value === null) return;
    if (depth === MAX_DEPTH) {
      this.#isUnsafe = true;
      return;
    }
    if ("arguments" in value || "environment_variables" in value || "environmentVariables" in value) {
      this.#redactProcess(value);
    }
    for (const inner of Object.values(value)) this.#redactEverywhere(inner, depth + 1);
  }

  #redactPayload(payload: JsonObject): void {
    this.#redactProcess(payload.process);
    this.#redactProcess(payload.parent);
    const { ancestors } = payload;
    if (ancestors === undefined || ancestors === null) return;
    if (!Array.isArray(ancestors)) this.#isUnsafe = true;
    else for (const ancestor of ancestors) this.#redactProcess(ancestor);
  }

  #redactProcess(value: unknown): void {
    if (value === undefined || value === null) return;
    const process = asObject(value);
    if (process === undefined) {
      this.#isUnsafe = true;
      return;
    }
    const binary = stringField(process, "binary");
    this.#applicable.length = 0;
    for (const rule of this.#rules) if (rule.appliesTo(binary)) this.#applicable.push(rule);
    this.#redactArguments(process);
    this.#redactEnvironment(process);
  }

  #redactArguments(process: JsonObject): void {
    const { arguments: text } = process;
    if (text === undefined) return;
    this.#argumentsKeys++;
    if (text === null) return;
    if (typeof text !== "string") this.#isUnsafe = true;
    else process.arguments = this.#redactText(text);
  }

  #redactEnvironment(process: JsonObject): void {
    this.#redactVariables(process.environment_variables);
    this.#redactVariables(process.environmentVariables);
  }

  #redactVariables(variables: unknown): void {
    if (variables === undefined) return;
    this.#environmentKeys++;
    if (variables === null) return;
    if (!Array.isArray(variables)) this.#isUnsafe = true;
    else for (const variable of variables) this.#redactVariable(asObject(variable));
  }

  /** Patterns see a variable as `NAME=value`; what they leave is divided at its first `=` again. */
  #redactVariable(variable: JsonObject | undefined): void {
    if (variable === undefined || !isVariable(variable)) {
      this.#isUnsafe = true;
      return;
    }
    const nameKey = "key" in variable ? "key" : "Key";
    const valueKey = "value" in variable ? "value" : "Value";
    const { [nameKey]: name = "", [valueKey]: value = "" } = variable;
    const text = `${name}=${value}`;
    const redacted = this.#redactText(text);
    if (redacted === text) return;
    const equals = redacted.indexOf("=");
    variable[nameKey] = equals === -1 ? redacted : redacted.slice(0, equals);
    variable[valueKey] = equals === -1 ? "" : redacted.slice(equals + 1);
  }

  #redactText(text: string): string {
    let redacted = text;
    for (const rule of this.#applicable) redacted = rule.redact(redacted);
    if (redacted !== text) this.#isChanged = true;
    return redacted;
  }

  /**
   * Whether `line` may hold strings that the event does not: of two equal keys, `JSON.parse` keeps the last. A
   * key that occurs more often than it was found, or that may be spelled with escapes, is reason enough.
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
