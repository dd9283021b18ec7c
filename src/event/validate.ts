/** @module The compiled validators of the schemas, made when first used. */
import { compileValidator } from "./compile.ts";
import { AgentInit } from "./schema/agent-init.ts";
import { GetEventsResponse } from "./schema/event.ts";

/** Whether `event` is a valid event. */
export const isValidEvent: (event: unknown) => boolean = compileValidator(GetEventsResponse);

/** Whether `event` is a valid metadata event. */
export const isValidAgentInit: (event: unknown) => boolean = compileValidator(AgentInit);
