/** @module Parts of the agent through which no events go, but which speak to others or keep files all the same. */
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { ComponentDefinition } from "./definition.ts";

/** What such a part declares. */
export interface PartDefinition<R extends OptionRows = OptionRows> extends ComponentDefinition<R> {
  /** The options that ask for it, each by itself. */
  readonly enabledBy: readonly (keyof R & string)[];
  /** Files that it reads because the user said so. @default none */
  reads?(values: ValuesOf<R>): readonly string[];
  /** Whether somebody else has a use for an option of it, by the values of all. @default nobody has */
  isUsedElsewhere?(option: string, values: Readonly<Record<string, unknown>>): boolean;
}

/** Gives a definition its types. */
export function definePart<const R extends OptionRows>(definition: PartDefinition<R>): PartDefinition<R> {
  return definition;
}
