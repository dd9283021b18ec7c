/** @module The rules of `--redaction-filters`. */

import { RedactionFilter } from "../../event/description/index.ts";
import {
  compileGroups,
  compilePattern,
  type GroupPattern,
  type Pattern,
  requiredLiteral,
} from "../../lib/re2/index.ts";
import { type Message, readMessages, type StringValue } from "../config/message.ts";
import { FilterText, type Problems } from "../config/problems.ts";
import { compilePatterns, reportSyntax } from "../filter/regex.ts";
import { isSearchable } from "./literal-search.ts";

/** What a secret is replaced by where the filter has no `redact_str`, as in Tetragon. */
const REDACTED = "*****";

/** A pattern with capture groups around what is secret. */
interface Secret {
  /** Tells cheaply whether there is anything to replace. */
  readonly pattern: Pattern;
  readonly groups: GroupPattern;
  /** Text that is in every text with a match, if it is easy to see and worth a search. */
  readonly literal: string | undefined;
}

/** One object of `--redaction-filters`. */
export class RedactionRule {
  readonly #binaries: readonly Pattern[];
  readonly #secrets: readonly Secret[];
  readonly #replacement: string;

  constructor(binaries: readonly Pattern[], secrets: readonly Secret[], replacement: string) {
    this.#binaries = binaries;
    this.#secrets = secrets;
    this.#replacement = replacement;
  }

  /** Texts of which one is in every line in which something is redacted; `undefined` where they are not known. */
  get literals(): readonly string[] | undefined {
    const literals = this.#secrets.flatMap(({ literal }) => literal ?? []);
    return literals.length === this.#secrets.length ? literals : undefined;
  }

  /** Whether it asks which binary a process runs. */
  get looksAtBinary(): boolean {
    return this.#binaries.length > 0;
  }

  /** Whether processes that run `binary` are redacted. Without patterns, all are. */
  appliesTo(binary: string): boolean {
    if (this.#binaries.length === 0) return true;
    for (const pattern of this.#binaries) if (pattern.test(binary)) return true;
    return false;
  }

  /** `text` without its secrets: each pattern sees what the ones before it left. */
  redact(text: string): string {
    let redacted = text;
    for (const { pattern, groups } of this.#secrets) {
      if (pattern.test(redacted)) redacted = groups.replaceGroups(redacted, this.#replacement);
    }
    return redacted;
  }
}

/** Reads the rules; problems go to `problems`, oddities to `warn`. */
export function readRedactionRules(
  text: string,
  problems: Problems,
  warn: (message: string) => void,
): RedactionRule[] {
  const filters = readMessages(new FilterText("--redaction-filters", text, problems), RedactionFilter);
  return filters.map((filter) => compileRule(filter, warn));
}

function compileRule(filter: Message, warn: (message: string) => void): RedactionRule {
  const place = `--redaction-filters, filter ${filter.number}`;
  if (filter.fields.has("match")) {
    warn(`The key "match" of ${place} is deprecated and not looked at, as in Tetragon: use "binary_regex"`);
  }
  const text = filter.scalar("redact_str") as StringValue | undefined;
  const isPattern = !filter.fields.has("redact") && text !== undefined;
  // One release's documentation has it in place of "redact"; later ones replace secrets by it.
  const patterns = isPattern ? "redact_str" : "redact";
  if (!filter.fields.has(patterns)) warn(`Nothing is redacted by ${place}: it has no "redact" patterns`);
  const values = isPattern ? [text] : filter.strings("redact");
  const secrets = values.flatMap((value): Secret[] => {
    const groups = reportSyntax(filter, patterns, value, compileGroups);
    if (groups === undefined) return [];
    if (groups.groupCount === 0) {
      // As in Tetragon, whose documentation has one.
      warn(
        `Nothing is redacted by the pattern ${JSON.stringify(value.value)} of ${place}: it needs a capture group around what is to be redacted`,
      );
      return [];
    }
    const literal = requiredLiteral(value.value);
    const isWorthIt = literal !== undefined && isSearchable(literal);
    return [{ groups, pattern: compilePattern(value.value), literal: isWorthIt ? literal : undefined }];
  });
  const replacement = isPattern ? REDACTED : text?.value || REDACTED;
  return new RedactionRule(compilePatterns(filter, "binary_regex"), secrets, replacement);
}
