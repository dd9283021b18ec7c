/** @module What stands behind the times of events: the end of the event, or before that the name and the labels of a node. */
import { isObject } from "../lib/json/object.ts";

const Z = 0x5a;
/** Tails that are kept. */
const MAX_TAILS = 8;
const LONGEST_TAIL = 1024;
/** Lines in a row that end in no known way, after which no more is learnt: each is another one. */
const PATIENCE = 64;

/** Tails, from the quote behind the time on. */
export class Tails {
  /** The one that was found last first. */
  readonly #tails: Uint8Array[] = [Buffer.from('"}')];
  #failures = 0;

  /** Where the text of the time ends, which is UTC, of the line `bytes[start, end)`; 0 where no known tail stands. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const tails = this.#tails;
    for (let i = 0; i < tails.length; i++) {
      const tail = tails[i]!;
      const at = end - tail.length;
      if (at <= start || bytes[at - 1] !== Z || !isAt(tail, bytes, at)) continue;
      this.#failures = 0;
      if (i > 0) {
        tails[i] = tails[0]!;
        tails[0] = tail;
      }
      return at;
    }
    return 0;
  }

  /** @param time Of the line, as it stands there. */
  learn(line: Buffer, time: string): void {
    if (time === "" || ++this.#failures > PATIENCE) return;
    const key = Buffer.from(`"time":"${time}"`, "latin1");
    const at = line.lastIndexOf(key);
    const tail = line.subarray(at + key.length - 1);
    if (at < 0 || tail.length > LONGEST_TAIL || this.#tails.some((known) => tail.equals(known))) return;
    // It has to end the event, and not something within, and to say nothing of what the head says.
    const members = membersOf(`{"time":"${tail}`);
    if (members === undefined || Object.hasOwn(members, "node_name")) return;
    this.#tails.unshift(Buffer.from(tail));
    if (this.#tails.length > MAX_TAILS) this.#tails.pop();
  }
}

/** Whether `text` stands at `at`. */
function isAt(text: Uint8Array, bytes: Uint8Array, at: number): boolean {
  const { length } = text;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

function membersOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
