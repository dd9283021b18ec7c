/** @module Replaces what the groups of a pattern match. */
import type { RE2JS } from "re2js";
import { compileRe2 } from "./engine.ts";

/** A pattern whose capture groups matter. */
export interface GroupPattern {
  /** Capture groups, named ones included; the whole match is none. */
  readonly groupCount: number;
  /**
   * `text` with what each group of each match captured replaced by `replacement`; of nested groups the outer one.
   * Groups that took no part in a match are left alone.
   *
   * Which matches there are follows Go's `ReplaceAllStringFunc`: no empty match right after another one.
   */
  replaceGroups(text: string, replacement: string): string;
}

/**
 * Compiles `pattern` for its groups.
 * @throws PatternSyntaxError
 */
export function compileGroups(pattern: string): GroupPattern {
  const re2 = compileRe2(pattern);
  return {
    groupCount: re2.groupCount(),
    replaceGroups: (text, replacement) => replaceGroups(re2, text, replacement),
  };
}

function replaceGroups(re2: RE2JS, text: string, replacement: string): string {
  const matcher = re2.matcher(text);
  const groups = matcher.groupCount();
  let result = "";
  let copied = 0;
  let lastEnd = 0;
  while (matcher.find()) {
    const start = matcher.start(0);
    const end = matcher.end(0);
    const isCounted = end > lastEnd || start === 0;
    lastEnd = end;
    if (!isCounted) continue;
    let floor = start;
    for (let group = 1; group <= groups; group++) {
      const groupStart = matcher.start(group);
      if (groupStart < floor) continue;
      result += text.slice(copied, groupStart) + replacement;
      floor = copied = matcher.end(group);
    }
  }
  return result === "" && copied === 0 ? text : result + text.slice(copied);
}
