/** @module The one list of stages. pipeline.ts says in which order they run, and why. */
import { AGGREGATE_OPTIONS } from "./aggregate/options.ts";
import { FIELD_OPTIONS } from "./fields/options.ts";
import { FILTER_OPTIONS } from "./filter/options.ts";
import { LIMIT_OPTIONS } from "./limit/options.ts";
import { REDACT_OPTIONS } from "./redact/options.ts";
import { defineStage } from "./stage.ts";
import { VALIDATE_OPTIONS } from "./validate/options.ts";

export const STAGES = [
  defineStage({ type: "validate", options: VALIDATE_OPTIONS }),
  defineStage({ type: "filter", options: FILTER_OPTIONS }),
  defineStage({ type: "fields", options: FIELD_OPTIONS }),
  defineStage({ type: "redact", options: REDACT_OPTIONS }),
  defineStage({ type: "limit", options: LIMIT_OPTIONS }),
  defineStage({ type: "aggregate", options: AGGREGATE_OPTIONS }),
] as const;
