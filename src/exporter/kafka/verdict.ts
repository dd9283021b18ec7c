/** @module What the error of a broker means for a batch. */
import { ERROR, errorName } from "../../lib/kafka/error-codes.ts";
import type { Produced } from "../../lib/kafka/requests.ts";
import type { Lane } from "./lane.ts";

/**
 * `too-large`: as it is, it will never be taken. `bad`: something in it will not. `unknown-numbers`: the broker expects other
 * numbers. `stale`: another broker has to be asked. `later`: the same again.
 */
export type Verdict = "arrived" | "too-large" | "bad" | "unknown-numbers" | "stale" | "later";

const VERDICTS: ReadonlyMap<number, Verdict> = new Map([
  [ERROR.NONE, "arrived"],
  // It arrived some time ago.
  [ERROR.DUPLICATE_SEQUENCE_NUMBER, "arrived"],
  [ERROR.MESSAGE_TOO_LARGE, "too-large"],
  [ERROR.RECORD_LIST_TOO_LARGE, "too-large"],
  [ERROR.INVALID_RECORD, "bad"],
  // Records have the time of the agent's clock: nothing is wrong with them.
  [ERROR.INVALID_TIMESTAMP, "later"],
  [ERROR.POLICY_VIOLATION, "bad"],
  [ERROR.UNSUPPORTED_FOR_MESSAGE_FORMAT, "bad"],
  [ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER, "unknown-numbers"],
  [ERROR.UNKNOWN_PRODUCER_ID, "unknown-numbers"],
  [ERROR.INVALID_PRODUCER_EPOCH, "unknown-numbers"],
  [ERROR.INVALID_PRODUCER_ID_MAPPING, "unknown-numbers"],
  [ERROR.UNKNOWN_TOPIC_OR_PARTITION, "stale"],
  [ERROR.LEADER_NOT_AVAILABLE, "stale"],
  [ERROR.NOT_LEADER_OR_FOLLOWER, "stale"],
  [ERROR.BROKER_NOT_AVAILABLE, "stale"],
  [ERROR.REPLICA_NOT_AVAILABLE, "stale"],
  [ERROR.NETWORK_EXCEPTION, "stale"],
  [ERROR.KAFKA_STORAGE_ERROR, "stale"],
  [ERROR.LISTENER_NOT_FOUND, "stale"],
  [ERROR.FENCED_LEADER_EPOCH, "stale"],
  [ERROR.UNKNOWN_LEADER_EPOCH, "stale"],
]);

/** @param isProven Whether something has arrived in the topic: then a batch that is bad is so for what is in it. */
export function verdictOf(error: number, isProven: boolean): Verdict {
  const verdict = VERDICTS.get(error) ?? "later";
  return verdict === "bad" && !isProven ? "later" : verdict;
}

/** Characters of a broker's own words that are shown. */
const SHOWN = 300;

/** Why a batch was not taken, in words. @param user Who writes. */
export function causeOf({ error, message }: Produced, { topic, description }: Lane, user: string): string {
  const own: Readonly<Record<number, string>> = {
    [ERROR.TOPIC_AUTHORIZATION_FAILED]: `${user} may not write to topic "${topic}"`,
    [ERROR.CLUSTER_AUTHORIZATION_FAILED]: `${user} lacks the right IdempotentWrite of the cluster`,
    [ERROR.UNSUPPORTED_COMPRESSION_TYPE]: `topic "${topic}" takes no such --kafka-compression`,
    [ERROR.INVALID_TIMESTAMP]: `topic "${topic}" does not take the time of this host's clock (message.timestamp.after.max.ms, .before.max.ms)`,
    [ERROR.MESSAGE_TOO_LARGE]: `larger than topic "${topic}" takes (max.message.bytes)`,
  };
  const words = message === undefined ? "" : `, ${message.slice(0, SHOWN)}`;
  return `${own[error] ?? description} (${errorName(error)}${words})`;
}
