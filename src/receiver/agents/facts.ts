/** @module What is kept of an agent's metadata: short, whatever was sent. */
import type { AgentMetadata } from "../../event/description/index.ts";

/** Facts by the names of the fields that say them. */
export interface Facts {
  readonly tetragon_version: string;
  readonly build_commit: string;
  readonly hostname: string;
  readonly node_name: string;
  readonly cluster_name: string;
  readonly kernel_version: string;
  readonly boot_id: string;
  readonly config_digest: string;
  readonly udp_receiver: string;
}

/** One that has changed. */
export interface Change {
  readonly field: keyof Facts;
  readonly from: string;
  readonly to: string;
}

/** Characters that are kept of a text. */
const MAX_TEXT = 128;

const SYSTEM: readonly (keyof Facts)[] = [
  "hostname",
  "node_name",
  "cluster_name",
  "kernel_version",
  "boot_id",
];
const VERSION: readonly (keyof Facts)[] = ["tetragon_version", "build_commit"];

/** Takes the facts out of an event. */
export function factsOf(event: AgentMetadata): Facts {
  return {
    tetragon_version: kept(event.tetragon_version),
    build_commit: kept(event.build_commit),
    hostname: kept(event.hostname),
    node_name: kept(event.node_name),
    cluster_name: kept(event.cluster_name),
    kernel_version: kept(event.kernel_version),
    boot_id: kept(event.boot_id),
    config_digest: kept(event.config_digest),
    udp_receiver: kept(event.udp_receiver),
  };
}

/** The beginning of a text, and nothing of the memory that the rest takes. */
export function kept(text: string | undefined): string {
  if (text === undefined) return "";
  return text.length <= MAX_TEXT ? text : Buffer.from(text.slice(0, MAX_TEXT)).toString();
}

/** What is another version. */
export function versionChanges(before: Facts, now: Facts): Change[] {
  return changesOf(VERSION, before, now);
}

/** What is another host or kernel. */
export function systemChanges(before: Facts, now: Facts): Change[] {
  return changesOf(SYSTEM, before, now);
}

/** What is another configuration. */
export function configurationChanges(before: Facts, now: Facts): Change[] {
  return changesOf(["config_digest"], before, now);
}

/** Whom the agent sends to, where it says another one than before. */
export function receiverChanges(before: Facts, now: Facts): Change[] {
  return changesOf(["udp_receiver"], before, now);
}

/** A fact that one of both does not say has not changed: an event may have been shortened. */
function changesOf(fields: readonly (keyof Facts)[], before: Facts, now: Facts): Change[] {
  return fields.flatMap((field) => {
    const [from, to] = [before[field], now[field]];
    return from === to || from === "" || to === "" ? [] : [{ field, from, to }];
  });
}
