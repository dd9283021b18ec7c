/** @module The validators of events, compiled when first used: a start that sends nothing yet pays nothing. */
import { compileValidator } from "./compile.ts";
import { DescribedEvent } from "./description/additions.ts";
import type { MessageDescriptor } from "./description/descriptor.ts";
import { GetEventsResponse } from "./description/generated/events.ts";
import { METADATA_MESSAGES, type MetadataEventName } from "./description/metadata.ts";

type Validator = (value: unknown) => boolean;

function lazily(message: MessageDescriptor): Validator {
  let compiled: Validator | undefined;
  return (value) => {
    compiled ??= compileValidator(message);
    return compiled(value);
  };
}

/** Whether a value, as `JSON.parse` makes it, is a valid event. Of types that the API lacks it says nothing. */
export const isValidEvent: Validator = lazily(GetEventsResponse);

/** The same, and it looks into every type that is described. */
export const isValidDescribedEvent: Validator = lazily(DescribedEvent);

const METADATA_VALIDATORS: Readonly<Record<MetadataEventName, Validator>> = {
  agent_init: lazily(METADATA_MESSAGES.agent_init),
  agent_refresh: lazily(METADATA_MESSAGES.agent_refresh),
  agent_stop: lazily(METADATA_MESSAGES.agent_stop),
};

/** Whether a value, as `JSON.parse` makes it, is a valid metadata event of that name. */
export function isValidMetadata(name: MetadataEventName, value: unknown): boolean {
  return METADATA_VALIDATORS[name](value);
}
