/** @module The one list of stages. pipeline.ts says in which order they run, and why. */
import { aggregateRows } from "./aggregate/options.ts";
import { fieldRows } from "./fields/options.ts";
import { filterRows } from "./filter/options.ts";
import { limitRows } from "./limit/options.ts";
import { redactRows } from "./redact/options.ts";
import { defineStage } from "./stage.ts";
import { validateRows } from "./validate/options.ts";

export const STAGES = [
  defineStage({ type: "validate", options: validateRows }),
  defineStage({ type: "filter", options: filterRows }),
  defineStage({ type: "fields", options: fieldRows }),
  defineStage({ type: "redact", options: redactRows }),
  defineStage({ type: "limit", options: limitRows }),
  defineStage({ type: "aggregate", options: aggregateRows }),
] as const;
