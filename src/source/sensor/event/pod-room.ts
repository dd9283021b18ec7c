/** @module Where the sensor's events wait for the pod of their process, those of each process in order. */
import type { Container, ContainerWait } from "../../../pipeline/enrich/container.ts";
import type { Enricher, Enrichment } from "../../../pipeline/enrich/enricher.ts";
import { sizeOf } from "../../../pipeline/enrich/size.ts";
import { WaitingRoom } from "../../../pipeline/enrich/waiting-room.ts";
import type { Process } from "../process/process.ts";
import type { SensorEvent } from "./event.ts";

/** What {@link PodRoom} is given. */
export interface PodRoomSettings {
  readonly wait: ContainerWait;
  /** Called when it is time for {@link PodRoom.settle}. */
  readonly wake: () => void;
  readonly onError: (error: unknown) => void;
}

/** How often events whose time may be over are looked for, milliseconds. */
const CHECK_MS = 1000;
/** Bytes of an event, its process and its parent, about, but for long arguments and what a policy has taken. */
const EVENT_BYTES = 2048;

/** Who has ended is kept by its events alone, which nothing else bounds. */
function bytesOf({ process, details }: SensorEvent): number {
  return EVENT_BYTES + (process?.image.size ?? 0) + sizeOf(details);
}

/** Holds events back. An event whose pod is known, and which has nothing of its process before it, does not come here. */
export class PodRoom implements Disposable {
  readonly #settings: PodRoomSettings;
  readonly #room: WaitingRoom<SensorEvent>;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** What this room has put into the figures, which others count in, too. */
  #counted = 0;

  constructor(settings: PodRoomSettings) {
    this.#settings = settings;
    const { wait, wake, onError } = settings;
    this.#room = new WaitingRoom<SensorEvent>(
      {
        enrichers: [PODS],
        timeoutMs: wait.timeoutMs,
        maxEvents: wait.maxEvents,
        maxBytes: wait.maxBytes,
        sizeOf: bytesOf,
        onGivenUp: (reason) => {
          wait.figures[reason]++;
        },
        onAnswer: wake,
      },
      onError,
    );
  }

  /** Whether there is something to settle or take. */
  get isOccupied(): boolean {
    return this.#room.count > 0 || this.#room.isDue;
  }

  /** Whether an event is to be left here; if so, it has been taken. */
  mustHold(event: SensorEvent, process: Process): boolean {
    if (!this.isOccupied && isKnown(process.container) && isKnown(process.parent?.container)) return false;
    if (this.#room.add(process.pid, event, performance.now()) !== "held") return false;
    this.#settings.wait.figures.waited++;
    this.#count();
    this.#timer ??= setInterval(this.#settings.wake, CHECK_MS);
    return true;
  }

  /** Makes due what has its answer, and what has waited too long. @param isLast Whether all else is to be made due, too. */
  settle(isLast: boolean): void {
    this.#room.settle(performance.now());
    if (isLast) this.#room.giveUpAll();
    this.#count();
    if (this.#room.count === 0) this[Symbol.dispose]();
  }

  /** The next event that may go on. */
  take(): SensorEvent | undefined {
    return this.#room.take();
  }

  #count(): void {
    const { count } = this.#room;
    this.#settings.wait.figures.waiting += count - this.#counted;
    this.#counted = count;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function isKnown(container: Container | undefined): boolean {
  return container === undefined || container.identity !== undefined;
}

/** What an event says of its pod is read when it is written, so that nothing is added here. */
const PODS: Enricher<SensorEvent> = {
  name: "pods",
  enrich({ process, parent }): Enrichment {
    return questionOf(process?.container) ?? questionOf(parent?.container) ?? "nothing";
  },
};

function questionOf(container: Container | undefined): Promise<unknown> | undefined {
  return container === undefined || container.identity !== undefined ? undefined : container.question;
}
