/**
 * @module Parses and matches label selectors:
 *
 *     environment in (production,qa), tier notin (frontend), app = web, partition, !canary
 */
import { parseInt64 } from "../text/integer.ts";
import { SelectorLexer, SelectorSyntaxError, type Token } from "./lexer.ts";
import { checkLabelKey, checkLabelValue } from "./syntax.ts";

/** What is known of a label: its value, or `undefined` when the object does not carry it. */
export type LabelLookup = (key: string) => string | undefined;

/** One term of a selector. */
export interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "!" | ">" | "<";
  readonly values: ReadonlySet<string>;
}

/** Whether all of `requirements` hold. None at all always do. */
export function matchesSelector(requirements: readonly Requirement[], labels: LabelLookup): boolean {
  for (const requirement of requirements) if (!matches(requirement, labels(requirement.key))) return false;
  return true;
}

function matches({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case "in":
      return value !== undefined && values.has(value);
    case "notin":
      return value === undefined || !values.has(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
  }
  const label = value === undefined ? undefined : parseInt64(value);
  if (label === undefined) return false;
  for (const bound of values) return operator === ">" ? label > BigInt(bound) : label < BigInt(bound);
  return false;
}

/**
 * Parses `selector`; equality operators become `in` and `notin` with one value.
 * @throws SelectorSyntaxError
 */
export function parseSelector(selector: string): Requirement[] {
  return new SelectorParser(selector).parse();
}

class SelectorParser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(selector: string) {
    this.#tokens = new SelectorLexer(selector).tokens();
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().type === "end") return requirements;
    do requirements.push(this.#requirement());
    while (this.#take(","));
    if (this.#peek().type !== "end") this.#fail('"," or the end');
    return requirements;
  }

  #requirement(): Requirement {
    const isAbsent = this.#take("!");
    const token = this.#identifier("a label key");
    const key = token.text;
    this.#check(checkLabelKey(key), token);
    if (isAbsent) return { key, operator: "!", values: new Set() };
    const next = this.#peek();
    if (next.type === "end" || next.type === ",") return { key, operator: "exists", values: new Set() };
    this.#position++;
    switch (next.text) {
      case "=":
      case "==":
        return { key, operator: "in", values: this.#exactValue() };
      case "!=":
        return { key, operator: "notin", values: this.#exactValue() };
      case ">":
      case "<":
        return { key, operator: next.text, values: this.#integer() };
      case "in":
      case "notin":
        return { key, operator: next.text, values: this.#values() };
    }
    this.#position--;
    return this.#fail("in, notin, =, ==, !=, > or <");
  }

  /** `key=` and `key=,other` compare with the empty value. */
  #exactValue(): ReadonlySet<string> {
    const next = this.#peek();
    if (next.type === "end" || next.type === ",") return new Set([""]);
    return new Set([this.#value()]);
  }

  #integer(): ReadonlySet<string> {
    const token = this.#peek();
    const [value] = this.#exactValue();
    if (parseInt64(value!) === undefined) throw new SelectorSyntaxError("needs an integer", token.offset);
    return new Set([value!.replace("+", "")]);
  }

  /** `(a,b)`; nothing before or after a comma, or between the parentheses, is the empty value. */
  #values(): ReadonlySet<string> {
    if (!this.#take("(")) this.#fail('"("');
    const values = new Set<string>();
    do {
      const { type } = this.#peek();
      values.add(type === "," || type === ")" ? "" : this.#value());
    } while (this.#take(","));
    if (!this.#take(")")) this.#fail('"," or ")"');
    return values;
  }

  #value(): string {
    const token = this.#identifier("a label value");
    this.#check(checkLabelValue(token.text), token);
    return token.text;
  }

  /** `in` and `notin` are names where a name is due. */
  #identifier(expected: string): Token {
    const token = this.#peek();
    if (token.type !== "identifier") this.#fail(expected);
    this.#position++;
    return token;
  }

  #check(problem: string | undefined, token: Token): void {
    if (problem !== undefined) throw new SelectorSyntaxError(problem, token.offset);
  }

  #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  #take(type: string): boolean {
    if (this.#peek().type !== type) return false;
    this.#position++;
    return true;
  }

  #fail(expected: string): never {
    const { type, text, offset } = this.#peek();
    const found = type === "end" ? "the end" : JSON.stringify(text);
    throw new SelectorSyntaxError(`found ${found}, needs ${expected}`, offset);
  }
}
