/** @module The agent's side of the process that opens perf events for it. */

import { Descriptor } from "../descriptor.ts";
import type { UserIdentity } from "../drop-privileges.ts";
import { IgnoredStreams } from "../ignored-stream.ts";
import { ownCommand } from "../own-command.ts";
import { openSocketPair, receiveDescriptor, sendMessage } from "../passed-descriptor.ts";
import { openPerfEventsBy, type PerfEvent, perfEventOpenHere, probeNumbers } from "../perf-event.ts";
import { pollReadable } from "../poll.ts";
import { SystemCallError } from "../system-call.ts";
import { OPENER_COMMAND } from "./command.ts";
import { ANSWER_LENGTH, encodeRequest } from "./protocol.ts";

/** Longer than the start of a process takes, and to put a probe anywhere, on a busy host, milliseconds. */
const LONGEST_WAIT = 30_000;

/** What {@link PerfEventOpener} takes. */
export interface OpenerSettings {
  /** Whom the process becomes; `undefined` stays who it is. */
  readonly user?: UserIdentity | undefined;
  /** Its command line. @default this program's, as it was started */
  readonly command?: readonly string[];
  /** Called when it has ended although nobody asked for that. */
  readonly onEnd: (exitCode: number | null) => void;
}

/** A process that has `CAP_SYS_ADMIN` for perf events. It ends with this one, however this one ends. */
export class PerfEventOpener implements Disposable {
  readonly pid: number;
  readonly #socket: Descriptor;
  readonly #numbers = { functions: probeNumbers("kprobe"), files: probeNumbers("uprobe") };
  #isReady = false;
  #isOver = false;

  /**
   * Starts it, with the rights that this process has at that moment; does not wait for it.
   * @throws The system's error when there can be no process.
   */
  constructor({ user, command = ownCommand(), onEnd }: OpenerSettings) {
    const [own, other] = openSocketPair();
    using _ = new Descriptor(other);
    using streams = new IgnoredStreams();
    this.#socket = new Descriptor(own);
    try {
      const child = Bun.spawn(
        [...command, OPENER_COMMAND, user === undefined ? "" : `${user.uid}:${user.gid}`],
        {
          stdin: other,
          stdout: streams.output,
          stderr: streams.output,
          cwd: "/",
          env: {},
          onExit: (_, exitCode) => {
            if (!this.#isOver) onEnd(exitCode);
            this[Symbol.dispose]();
          },
        },
      );
      child.unref();
      this.pid = child.pid;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** From now on, events that it can open are opened by it. */
  use(): void {
    openPerfEventsBy((event) => this.open(event));
  }

  /**
   * Opens an event of a tracepoint, of a kernel function or of an open file; others are opened by this process itself.
   * @returns Its descriptor.
   * @throws SystemCallError; Error when the process has ended.
   */
  open(event: PerfEvent): number {
    const request = encodeRequest(event, this.#numbers);
    if (request === undefined) return perfEventOpenHere(event);
    if (!this.#isReady) this.#receive();
    this.#isReady = true;
    const descriptor = this.#ask(() => {
      sendMessage(this.#socket.fd, request, event.descriptor);
      return this.#receive();
    });
    if (descriptor === undefined) throw this.#lost();
    return descriptor;
  }

  /** Ends the process. Idempotent. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#socket[Symbol.dispose]();
  }

  #receive(): number | undefined {
    return this.#ask(() => {
      const { fd } = this.#socket;
      const bytes = new Uint8Array(ANSWER_LENGTH);
      if (pollReadable([fd], LONGEST_WAIT).length === 0) throw this.#lost();
      const { length, descriptor } = receiveDescriptor(fd, bytes);
      if (length !== ANSWER_LENGTH) throw this.#lost();
      const errno = new DataView(bytes.buffer).getInt32(0, true);
      if (errno !== 0) throw new SystemCallError("perf_event_open", errno);
      return descriptor;
    });
  }

  /** An answer that comes later would be taken for that to another request: the process is not asked again. */
  #lost(): Error {
    return new Error("the process that opens perf events for the agent has ended: restart the agent");
  }

  #ask<T>(question: () => T): T {
    if (this.#socket.isClosed) throw this.#lost();
    try {
      return question();
    } catch (error) {
      if (error instanceof SystemCallError && error.message.startsWith("perf_event_open")) throw error;
      this.#socket[Symbol.dispose]();
      throw this.#lost();
    }
  }
}
