/** @module Messages of JSON, one a line, over a socket that both ends have from the start. */
import type { Socket, SocketHandler } from "bun";
import { LONGEST_MESSAGE } from "./protocol.ts";

/** What a {@link Channel} calls. */
export interface ChannelEvents<In> {
  onMessage(message: In): void;
  /** Nobody is at the other end, or it says what is no message. Called once, unless it was closed here. */
  onEnd(why: string): void;
}

/** Why a channel ends whose other end is gone. */
export const CLOSED = "closed";

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** One end. */
export class Channel<In, Out> {
  readonly #events: ChannelEvents<In>;
  #socket: Socket<unknown> | undefined;
  #isOver = false;
  /** What has come of a message that is not whole. */
  #partial: Buffer = NOTHING;
  /** What the socket did not take. */
  #unsent: Buffer = NOTHING;

  private constructor(events: ChannelEvents<In>) {
    this.#events = events;
  }

  /** @param fd The channel's from now on. */
  static async open<In, Out>(fd: number, events: ChannelEvents<In>): Promise<Channel<In, Out>> {
    const channel = new Channel<In, Out>(events);
    const socket: SocketHandler = {
      open: (opened) => {
        channel.#socket = opened;
      },
      data: (_, data) => channel.#take(data),
      drain: () => channel.#flush(),
      end: () => channel.#end(CLOSED),
      close: () => channel.#end(CLOSED),
      error: (_, error) => channel.#end(error.message),
    };
    // The types do not have it.
    const settings: object = { fd, socket };
    await Bun.connect(settings as Parameters<typeof Bun.connect>[0]);
    return channel;
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  send(message: Out): void {
    if (this.#isOver) return;
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    this.#unsent = this.#unsent.length === 0 ? bytes : Buffer.concat([this.#unsent, bytes]);
    this.#flush();
  }

  /** Whether it keeps the process alive. */
  set isWaitedFor(isWaitedFor: boolean) {
    if (isWaitedFor) this.#socket?.ref();
    else this.#socket?.unref();
  }

  /** Has what was sent leave, then closes. */
  close(): void {
    this.#isOver = true;
    this.#socket?.end();
  }

  #flush(): void {
    if (this.#unsent.length === 0) return;
    const taken = this.#socket?.write(this.#unsent) ?? 0;
    this.#unsent = taken === this.#unsent.length ? NOTHING : this.#unsent.subarray(Math.max(0, taken));
  }

  #take(data: Buffer): void {
    let rest: Buffer = this.#partial.length === 0 ? data : Buffer.concat([this.#partial, data]);
    for (let at = rest.indexOf(NEWLINE); at !== -1 && !this.#isOver; at = rest.indexOf(NEWLINE)) {
      const message = parse<In>(rest.subarray(0, at));
      rest = rest.subarray(at + 1);
      if (message === undefined) this.#end("found what is no message");
      else this.#events.onMessage(message);
    }
    if (rest.length > LONGEST_MESSAGE) this.#end(`found a message of more than ${LONGEST_MESSAGE} bytes`);
    this.#partial = this.#isOver || rest.length === 0 ? NOTHING : Buffer.from(rest);
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket?.terminate();
    this.#events.onEnd(why);
  }
}

function parse<T>(bytes: Buffer): T | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === "object" && value !== null && "type" in value ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
