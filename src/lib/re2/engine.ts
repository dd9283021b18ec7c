/** @module The RE2 engine, `re2js`, which is a port of Go's `regexp`. */
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { checkLength, noteCompiled } from "./limit.ts";

/** A pattern that RE2 does not take. */
export class PatternSyntaxError extends SyntaxError {
  /** Offset in the pattern, in UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Compiles `pattern`. @throws PatternSyntaxError */
export function compileRe2(pattern: string): RE2JS {
  checkLength(pattern);
  try {
    const compiled = RE2JS.compile(pattern);
    noteCompiled(() => compiled.programSize());
    return compiled;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new PatternSyntaxError(error.getDescription(), errorOffset(pattern, error));
  }
}

/** Where the part that RE2 complains of is; a missing bracket is missing at the end. */
function errorOffset(pattern: string, error: RE2JSSyntaxException): number {
  const part = error.getPattern();
  if (part === undefined || part === null || part === pattern) return pattern.length;
  return Math.max(0, pattern.indexOf(part));
}
