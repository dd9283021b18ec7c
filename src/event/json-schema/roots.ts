/** @module What there is a JSON Schema of: any event, each event type, each metadata event. */
import { DescribedEvent } from "../description/additions.ts";
import { field, MessageDescriptor } from "../description/descriptor.ts";
import { METADATA_MESSAGES } from "../description/metadata.ts";

/** The name of the schema of any event. */
export const ANY_EVENT = "event";

/** What one schema is of. */
export interface Root {
  readonly message: MessageDescriptor;
  /** The full name of the message that says what it is. */
  readonly about: string;
}

/** An event of one type: what stands beside the event, and the event, which is there. */
function envelope(name: string, type: MessageDescriptor): Root {
  const fields = [...DescribedEvent.fields.values()];
  const beside = fields.filter(({ oneof }) => oneof === undefined);
  const event = field(name, undefined, type, { presence: "required" });
  return { message: new MessageDescriptor(DescribedEvent.name, () => [event, ...beside]), about: type.name };
}

const itself = (message: MessageDescriptor): Root => ({ message, about: message.name });

/** By name of the schema: any event, then event types in the order of the API, then metadata events. */
const ROOTS: ReadonlyMap<string, () => Root> = new Map<string, () => Root>([
  [ANY_EVENT, () => itself(DescribedEvent)],
  ...[...DescribedEvent.fields.values()].flatMap(({ name, type, oneof }): [string, () => Root][] =>
    oneof !== undefined && type.kind === "message" ? [[name, () => envelope(name, type)]] : [],
  ),
  ...Object.entries(METADATA_MESSAGES).map(([name, message]): [string, () => Root] => [
    name,
    () => itself(message),
  ]),
]);

/** The names of all schemas. */
export const JSON_SCHEMA_NAMES: readonly string[] = [...ROOTS.keys()];

/** What the schema of that name is of; `undefined` where there is none. */
export function rootOf(name: string): Root | undefined {
  return ROOTS.get(name)?.();
}
