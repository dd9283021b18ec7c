/** @module What a stage of the pipeline declares. */
import type { ComponentDefinition } from "../component/definition.ts";
import type { OptionRows } from "../config/option.ts";

/** A stage is pure functions over events: it opens nothing, so its options are all that it declares. */
export type StageDefinition<R extends OptionRows = OptionRows> = Pick<
  ComponentDefinition<R>,
  "type" | "options" | "check" | "unused"
>;

/** Gives a definition its types. */
export function defineStage<const R extends OptionRows>(definition: StageDefinition<R>): StageDefinition<R> {
  return definition;
}
