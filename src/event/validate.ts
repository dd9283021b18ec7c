/** @module The validators of events, compiled when first used: a start that sends nothing yet pays nothing. */
import { compileValidator } from "./compile.ts";
import { AgentInit } from "./description/additions.ts";
import type { MessageDescriptor } from "./description/descriptor.ts";
import { GetEventsResponse } from "./description/generated/events.ts";

type Validator = (value: unknown) => boolean;

function lazily(message: MessageDescriptor): Validator {
  let compiled: Validator | undefined;
  return (value) => {
    compiled ??= compileValidator(message);
    return compiled(value);
  };
}

/** Whether a value, as `JSON.parse` makes it, is a valid event. */
export const isValidEvent: Validator = lazily(GetEventsResponse);

/** Whether a value, as `JSON.parse` makes it, is a valid metadata event. */
export const isValidAgentInit: Validator = lazily(AgentInit);
