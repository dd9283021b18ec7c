/** @module Replaces what the groups of a pattern match. */
import type { RE2JS } from "re2js";

/** What a redacted string is replaced by, as in Tetragon. */
export const REDACTED = "*****";

/**
 * `text` with what each capture group of each match captured replaced by {@link REDACTED}; of nested groups the
 * outer one. Groups that took no part in a match are left alone.
 *
 * Which matches there are follows Go's `ReplaceAllStringFunc`: no empty match right after another one.
 */
export function replaceGroups(pattern: RE2JS, text: string): string {
  const matcher = pattern.matcher(text);
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
      result += text.slice(copied, groupStart) + REDACTED;
      floor = copied = matcher.end(group);
    }
  }
  return result === "" ? text : result + text.slice(copied);
}
