/** @module What a receiver says of agents and in all: lines for people, or JSON. */
import { printable } from "../lib/text/printable.ts";
import type { Loss } from "./agents/loss.ts";
import { agentObject, formatLoss, formatNotice, type Notice, nameOf, noticeObject } from "./agents/notice.ts";
import type { Peer } from "./agents/peer.ts";
import type { AgentRecord } from "./agents/record.ts";
import type { AgentWatch } from "./agents/watch.ts";
import { formatDatagram, startOf } from "./format.ts";
import type { ReceiverSummary } from "./summary.ts";

/** What a {@link Report} is given. */
export interface ReportSettings {
  /** Whether it is JSON, one object a line. */
  readonly isJson: boolean;
  /** Takes whole lines. */
  readonly write: (text: string) => void;
}

/** What has come, and from whom. */
export interface Received {
  readonly summary: ReceiverSummary;
  readonly watch: AgentWatch;
  /** Datagrams that found no room in the socket's receive buffer. */
  readonly overflowed: number;
  /** GELF messages of which a chunk has not come. */
  readonly incomplete: number;
}

/** Notices in one second: whoever sends metadata chooses how many there would be. */
const MAX_NOTICES = 200;
/** Of what is invalid, in one second. */
const MAX_INVALID = 20;
/** Agents of which a report for people says something each: those that lost most. */
const MAX_AGENTS = 20;

/** Says what happens. */
export class Report {
  readonly #settings: ReportSettings;
  #notices = 0;
  #invalid = 0;

  constructor(settings: ReportSettings) {
    this.#settings = settings;
  }

  /** Something has happened to an agent. */
  notice(notice: Notice): void {
    if (++this.#notices > MAX_NOTICES) return;
    const { isJson, write } = this.#settings;
    write(isJson ? line(noticeObject(notice)) : `${formatNotice(notice)}\n`);
  }

  /** Something invalid came. */
  invalid(reason: string, document: Uint8Array, peer: Peer): void {
    if (++this.#invalid > MAX_INVALID) return;
    const { isJson, write } = this.#settings;
    if (isJson)
      write(
        line({
          type: "invalid",
          reason,
          address: peer.name,
          bytes: document.length,
          start: startOf(document),
        }),
      );
    else write(`${formatDatagram({ kind: "invalid", reason }, document)}  from ${peer.name}\n`);
  }

  /** A second is over. */
  tick(): void {
    const notices = Math.max(0, this.#notices - MAX_NOTICES);
    const invalid = Math.max(0, this.#invalid - MAX_INVALID);
    this.#notices = 0;
    this.#invalid = 0;
    const { isJson, write } = this.#settings;
    if (isJson && notices + invalid > 0) write(line({ type: "left_out", notices, invalid }));
    if (isJson) return;
    if (notices > 0) write(`agents: ${notices} more lines left out\n`);
    if (invalid > 0) write(`INVALID  ${invalid} more left out\n`);
  }

  /** How it stands. */
  statistics(received: Received): void {
    const { isJson, write } = this.#settings;
    if (isJson) {
      write(line({ type: "statistics", ...objectOf(received) }));
      return;
    }
    const { datagrams, invalid } = received.summary;
    write(`statistics: ${datagrams} datagrams, ${invalid} invalid, ${agentCount(received)}\n`);
    for (const text of lossLines(received)) write(`statistics: ${text}\n`);
  }

  /** How it ended. */
  end(received: Received): void {
    const { isJson, write } = this.#settings;
    if (isJson) {
      write(line({ type: "summary", ...objectOf(received) }));
      return;
    }
    write(received.summary.render());
    if (received.watch.agents.size > 0) write(`agents        ${agentCount(received)}\n`);
    for (const text of lossLines(received)) write(`loss          ${text}\n`);
    if (received.incomplete > 0)
      write(`incomplete    ${received.incomplete} GELF messages of which a chunk is missing\n`);
    if (received.overflowed > 0)
      write(
        `overflow      ${received.overflowed} datagrams found no room in the receive buffer (--buffer-size)\n`,
      );
  }
}

function line(value: object): string {
  return `${printable(JSON.stringify(value))}\n`;
}

function agentCount({ watch: { agents, refused } }: Received): string {
  const forgotten = agents.forgotten === 0 ? "" : `, ${agents.forgotten} forgotten`;
  return `${agents.size} known${forgotten}${refused === 0 ? "" : `, no room for ${refused} events of others`}`;
}

function* lossLines({ watch }: Received): Generator<string> {
  const counting: { readonly agent: AgentRecord; readonly loss: Loss }[] = [];
  for (const agent of watch.agents) {
    const { loss } = agent.loss;
    if (loss !== undefined && !agent.isRelayed) counting.push({ agent, loss });
  }
  counting.sort((one, other) => other.loss.lost - one.loss.lost);
  for (const { agent, loss } of counting.slice(0, MAX_AGENTS)) {
    const dropped = agent.dropped === 0 ? "" : `; the agent dropped ${agent.dropped} events`;
    yield printable(`${nameOf(agent)}: ${formatLoss(loss)}${dropped}`);
  }
  if (counting.length > MAX_AGENTS)
    yield `${counting.length - MAX_AGENTS} more agents lost no more than these`;
}

function objectOf({ summary, watch, overflowed, incomplete }: Received): object {
  return {
    ...summary.toObject(),
    overflowed,
    incomplete,
    agents: [...watch.agents].map(agentObject),
    agents_forgotten: watch.agents.forgotten,
    agents_refused: watch.refused,
  };
}
