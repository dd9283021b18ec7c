/** @module All clients of `GetEvents`. */
import type { ConsolaInstance } from "consola";
import { settledOrAborted } from "../../../component/abort.ts";
import type { EventFilter, EventStages } from "../../../component/subscriber.ts";
import type { EventBus } from "../../../encoding/subscription.ts";
import type { ServerCall } from "../../../lib/grpc/call.ts";
import { GrpcError, STATUS } from "../../../lib/grpc/status.ts";
import { Throttle } from "../../../telemetry/throttle.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { AGENT_STOPS, type ClientCounts, EventClient, type EventClientOwner } from "./event-client.ts";
import type { EventQueueLimits } from "./event-queue.ts";
import { SharedMessages } from "./shared-messages.ts";

/** Clients at once. */
const MAX_CLIENTS = 256;
/** Characters that the aggregations of all clients hold. */
const AGGREGATED_LENGTH = 16 * 1024 * 1024;
/** Instructions of the regular expressions of all clients, some 100 bytes each. */
const MAX_PATTERN_SIZE = 500_000;
/** Queues' worth of bytes that all clients together may hold. What several wait for counts once. */
const SHARED_QUEUES = 2;

/** What {@link EventStreams} is given. */
export interface EventStreamsSettings {
  readonly bus: EventBus;
  readonly log: ConsolaInstance;
  readonly limits: EventQueueLimits;
}

/** What a client asked for. */
export interface StreamRequest {
  readonly filter?: EventFilter & { readonly filtered: number };
  /** Stages of its own, and what they make without a new event. */
  readonly stages?: EventStages;
  /** Instructions of its regular expressions. @default 0 */
  readonly patternSize?: number;
  /** Called with the client once it is seated. @returns What ends it with the client. */
  readonly onJoin?: (client: EventClient, messages: SharedMessages) => () => void;
}

/** Seats clients on the bus, and sends what they get once a turn of the loop. */
export class EventStreams implements EventClientOwner {
  readonly totals: ClientCounts = {
    exported: 0,
    bytes_exported: 0,
    queue_full: 0,
    send_failed: 0,
    not_expressible: 0,
  };
  readonly #settings: EventStreamsSettings;
  readonly pool = new ChunkPool();
  /** Where the aggregations of all clients hold events. */
  readonly room = { left: AGGREGATED_LENGTH };
  #patternSize = 0;
  readonly #messages = new SharedMessages(this.pool);
  readonly #clients = new Map<EventClient, () => void>();
  readonly #scheduled: EventClient[] = [];
  #turn: PromiseWithResolvers<void> | undefined;
  readonly #joins = new Throttle();
  readonly #losses = new Throttle();
  #isRelieving = false;
  #isEnding = false;

  constructor(settings: EventStreamsSettings) {
    this.#settings = settings;
  }

  /** Clients that there are. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Events that got no message, by type. */
  get notExpressible(): ReadonlyMap<string, number> {
    return this.#messages.notExpressible;
  }

  /** Begins a client's stream. @throws GrpcError when there are too many. */
  join(call: ServerCall, { filter, stages, patternSize = 0, onJoin }: StreamRequest): void {
    if (this.#isEnding) throw new GrpcError(AGENT_STOPS.code, AGENT_STOPS.message);
    if (this.#clients.size >= MAX_CLIENTS)
      throw new GrpcError(STATUS.resourceExhausted, `There are ${MAX_CLIENTS} clients already`);
    if (patternSize > 0 && this.#patternSize + patternSize > MAX_PATTERN_SIZE)
      throw new GrpcError(
        STATUS.resourceExhausted,
        "The regular expressions of all clients take too much memory",
      );
    const { bus, limits } = this.#settings;
    // Stages change events for one client alone.
    const messages = stages === undefined ? this.#messages : new SharedMessages(this.pool);
    const client = new EventClient({ call, messages, limits, owner: this });
    const leave = bus.join(client, {
      encoding: messages,
      ...(filter !== undefined && { filter }),
      ...(stages !== undefined && { stages }),
    });
    const end = onJoin?.(client, messages);
    this.#patternSize += patternSize;
    this.#clients.set(client, () => {
      leave();
      end?.();
    });
    this.#logClient("Client takes events", { peer: client.peer });
    call.onClose(() => {
      this.#patternSize -= patternSize;
      this.#remove(client, filter?.filtered);
    });
  }

  schedule(client: EventClient): void {
    if (this.#scheduled.push(client) === 1) setImmediate(() => this.#send());
  }

  nextTurn(): Promise<void> {
    this.#turn ??= Promise.withResolvers();
    return this.#turn.promise;
  }

  get isCrowded(): boolean {
    return this.pool.heldBytes > this.#sharedBytes / 2;
  }

  get shareBytes(): number {
    return this.#sharedBytes / 2 / this.#clients.size;
  }

  get #sharedBytes(): number {
    return this.#settings.limits.maxBytes * SHARED_QUEUES;
  }

  noteLoss(client: EventClient): void {
    this.#relieve();
    const repeated = this.#losses.pass();
    if (repeated === undefined) return;
    const { peer, counts } = client;
    this.#settings.log.warn("A gRPC client does not read fast enough: it loses events", {
      peer,
      queue_full: counts.queue_full,
      ...repeated,
    });
  }

  /** Ends all streams, once what is queued has left or `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#isEnding = true;
    const clients = [...this.#clients.keys()];
    for (const leave of this.#clients.values()) leave();
    await settledOrAborted(Promise.all(clients.map((client) => client.flush())), signal);
    for (const client of clients) client.end(AGENT_STOPS.code, AGENT_STOPS.message);
  }

  #send(): void {
    for (const client of this.#scheduled.splice(0)) client.send();
    this.#relieve();
    this.#messages.forget();
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.resolve();
  }

  /**
   * When all together hold too much, those who have taken nothing for longest give up what is more than their share, until
   * half of it is free for those who read.
   */
  #relieve(): void {
    if (this.pool.heldBytes <= this.#sharedBytes || this.#isRelieving) return;
    this.#isRelieving = true;
    const share = this.shareBytes;
    const behind = [...this.#clients.keys()].filter(({ heldBytes }) => heldBytes > share);
    for (const client of behind.toSorted((a, b) => a.progressAt - b.progressAt)) {
      client.trim(share);
      if (!this.isCrowded) break;
    }
    this.#isRelieving = false;
  }

  #remove(client: EventClient, filtered: number | undefined): void {
    this.#clients.get(client)?.();
    this.#clients.delete(client);
    client.close();
    this.#logClient("Client has gone", {
      peer: client.peer,
      ...client.counts,
      ...(filtered !== undefined && { filtered }),
    });
  }

  #logClient(message: string, fields: Record<string, unknown>): void {
    const repeated = this.#joins.pass();
    const { log } = this.#settings;
    if (repeated === undefined) log.debug(message, fields);
    else log.info(message, { ...fields, ...repeated });
  }
}
