/** @module The validators of events, compiled when first used: a start that sends nothing yet pays nothing. */
import type * as v from "valibot";
import { compileValidator } from "./compile.ts";
import { AgentInit } from "./schema/agent-init.ts";
import { GetEventsResponse } from "./schema/event.ts";

type Validator = (value: unknown) => boolean;

function lazily(schema: v.GenericSchema): Validator {
  let compiled: Validator | undefined;
  return (value) => {
    compiled ??= compileValidator(schema);
    return compiled(value);
  };
}

/** Whether a value, as `JSON.parse` makes it, is a valid event. */
export const isValidEvent: Validator = lazily(GetEventsResponse);

/** Whether a value, as `JSON.parse` makes it, is a valid metadata event. */
export const isValidAgentInit: Validator = lazily(AgentInit);
