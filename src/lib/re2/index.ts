/**
 * @module Regular expressions with RE2's syntax, Go's meaning and RE2's promise: time that grows with the text and
 * not beyond it, whatever the pattern.
 *
 *     compilePattern("^/usr/bin/").test("/usr/bin/curl"); // true
 *     compileGroups("--password=(\\S+)").replaceGroups("x --password=secret", "*****"); // "x --password=*****"
 */
export { PatternSyntaxError } from "./engine.ts";
export { compileGroups, type GroupPattern } from "./groups.ts";
export { PatternLimitError, type PatternLimits, withPatternLimits } from "./limit.ts";
export { requiredLiteral } from "./literal.ts";
export { compilePattern, type Pattern } from "./pattern.ts";
