/** @module What a receiver says of an agent as it happens: a line for people, or an object. */
import { printable } from "../../lib/text/printable.ts";
import type { Change } from "./facts.ts";
import type { Loss } from "./loss.ts";
import type { AgentRecord } from "./record.ts";

/** What has happened. */
export type Happening =
  | { readonly what: "started" | "joined" | "beside" }
  | { readonly what: "restarted"; readonly after: string | undefined }
  | {
      readonly what: "version" | "configuration" | "system" | "receiver";
      readonly changes: readonly Change[];
    }
  | { readonly what: "moved"; readonly from: string }
  | { readonly what: "silent" | "heard"; readonly seconds: number }
  | { readonly what: "stopped"; readonly reason: string; readonly detail: string };

/** What has happened to one agent. */
export type Notice = Happening & { readonly agent: AgentRecord };

/** Names of a change for people. */
const TITLES = {
  version: "version changed",
  configuration: "configuration changed",
  system: "system changed",
  receiver: "sends to another address",
} as const;

/** One line, without its newline, safe to print on a terminal. */
export function formatNotice(notice: Notice): string {
  return printable(`agent ${nameOf(notice.agent)}: ${describe(notice)}`);
}

/** Host, address and start of an agent, in one word each. */
export function nameOf({ facts, peer, startId }: AgentRecord): string {
  return `${word(facts.hostname || facts.node_name || "?")} ${peer.name} ${word(startId.slice(0, 8))}`;
}

function describe(notice: Notice): string {
  const { agent } = notice;
  switch (notice.what) {
    case "started":
      return `started (${identity(agent)})`;
    case "joined":
      return `heard for the first time (${identity(agent)})`;
    case "beside":
      return "goes on beside the one that started after it";
    case "restarted":
      return `restarted ${notice.after === undefined ? "without having stopped" : `after it stopped: ${notice.after}`}`;
    case "moved":
      return `now comes from here, before from ${notice.from}`;
    case "silent":
      return `silent for ${seconds(notice.seconds)}, it sends metadata every ${seconds(agent.intervalMs / 1000)}`;
    case "heard":
      return `heard again after ${seconds(notice.seconds)}`;
    case "stopped":
      return `stopped: ${reason(notice)}${lossClause(agent.loss.loss)}`;
    default:
      return `${TITLES[notice.what]}: ${notice.changes.map(formatChange).join(", ")}`;
  }
}

function identity({ facts, pid }: AgentRecord): string {
  return `tetrad ${word(facts.tetragon_version)}, kernel ${word(facts.kernel_version || "unknown")}, pid ${pid}`;
}

/** A reason and what is said of it. */
export function reason(stop: { readonly reason: string; readonly detail: string }): string {
  return stop.detail === "" ? word(stop.reason) : `${word(stop.reason)} ${word(stop.detail)}`;
}

function formatChange({ field, from, to }: Change): string {
  return `${field} ${word(from)} to ${word(to)}`;
}

function lossClause(loss: Loss | undefined): string {
  return loss === undefined ? "" : `; ${formatLoss(loss)}`;
}

/** What was lost, in words. */
export function formatLoss({ sent, lost, surplus }: Loss): string {
  const share = sent === 0 ? "0.000" : ((lost / sent) * 100).toFixed(3);
  const more = surplus === 0 ? "" : `, ${surplus} more came than were sent`;
  return `lost ${lost} of ${sent} datagrams (${share} %)${more}`;
}

/** One word of a line: quoted where it might be taken for more. */
function word(text: string): string {
  return /^[\w.:+/@~-]+$/.test(text) ? text : JSON.stringify(text);
}

function seconds(value: number): string {
  return `${Number(value.toFixed(1))} s`;
}

/** The notice as a value that JSON can write. */
export function noticeObject(notice: Notice): object {
  const { agent, what, ...more } = notice;
  return { type: "agent", what, ...agentObject(agent), ...more };
}

/** What is known of an agent, as a value that JSON can write. */
export function agentObject({
  startId,
  peer,
  facts,
  pid,
  loss,
  dropped,
  stop,
  isSilent,
  hasMoved,
  isRelayed,
}: AgentRecord) {
  return {
    start_id: startId,
    address: peer.name,
    ...Object.fromEntries(Object.entries(facts).filter(([, text]) => text !== "")),
    pid,
    state: stop !== undefined ? "stopped" : hasMoved ? "moved" : isSilent ? "silent" : "running",
    ...(stop !== undefined && {
      stop_reason: stop.reason,
      ...(stop.detail !== "" && { stop_detail: stop.detail }),
    }),
    ...(isRelayed ? { relayed: true } : loss.loss),
    dropped,
  };
}
