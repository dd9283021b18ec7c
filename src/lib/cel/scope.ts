/** @module What the names in a part of an expression stand for. */
import type { Environment } from "./environment.ts";
import type { Type } from "./value.ts";

/** A variable of a macro. */
export interface Local {
  readonly name: string;
  readonly type: Type;
}

/** The names that a part of an expression may use. */
export interface Scope {
  readonly environment: Environment;
  /** Variables of the macros around the part, outermost first; their index is their place in the frame. */
  readonly locals: readonly Local[];
  /** Takes the environment's variables that the expression names. */
  readonly named: Set<string>;
}

/** `scope` inside of a macro with the variable `local`. */
export function innerScope({ environment, locals, named }: Scope, local: Local): Scope {
  return { environment, locals: [...locals, local], named };
}
