/** @module What options of the Kafka exporter choose from. */

/** By what records have their partitions. */
export const KEYS = ["none", "node", "container", "exec-id"] as const;
export type KeyKind = (typeof KEYS)[number];

/** How a topic's name names the event's type. */
export const TYPE_IN_TOPIC = "{event_type}";

/** The longest event type, and the longest name of a topic. */
const [LONGEST_TYPE, LONGEST_TOPIC] = [48, 249];

/** Whether it is the name of a topic, or a pattern of names. */
export function isTopic(text: string): boolean {
  const longest = text.replaceAll(TYPE_IN_TOPIC, "x".repeat(LONGEST_TYPE));
  return /^[a-zA-Z0-9._-]+$/.test(longest) && longest.length <= LONGEST_TOPIC && !/^\.{1,2}$/.test(longest);
}
