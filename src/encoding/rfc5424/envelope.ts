/**
 * @module An event as a syslog message: RFC 5424, over UDP as RFC 5426 says. The message is the event's JSON as it came, without
 * a byte order mark (`MSG-ANY`): receivers that parse JSON would stumble over it.
 */
import { isUtf8 } from "node:buffer";
import { type Constant, Constants } from "../constants.ts";
import type { Envelope, Pieces } from "../envelope.ts";
import { HeadFinder } from "../head-finder.ts";
import { type HeaderFields, headerFields, plainText } from "../header-fields.ts";
import { severityOf } from "../severity.ts";

/** RFC 5424, section 6. */
const LONGEST_HOST = 255;
const LONGEST_MESSAGE_ID = 32;
/** A type that is longer is none of Tetragon's. */
const LONGEST_PARAMETER = 128;
/** RFC 5424 has no leap seconds. */
const SECOND = /^\d{4}-(?:0\d|1[0-2])-[0-3]\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const REST = /^(\.\d{1,6})?\d*(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const SECOND_LENGTH = 19;
/** The dot and six digits of a second: nanoseconds have no place in it. */
const FRACTION_LENGTH = 7;
const NIL = "-";

/** The header of events of one type from one host: what stands before the time, and behind it. */
interface Head {
  readonly before: Constant;
  readonly behind: Constant;
}

/** @param facility Its number. @param pid Of the agent. */
export function createRfc5424(facility: number, pid: number): Envelope {
  return new Rfc5424(facility, pid);
}

class Rfc5424 implements Envelope {
  readonly #facility: number;
  readonly #pid: number;
  readonly #constants = new Constants();
  readonly #finder: HeadFinder<Head, true> = new HeadFinder({
    head: (type, host) => {
      const [before, behind] = this.#headOf(type, host, "Z");
      return { before: this.#constants.add(before), behind: this.#constants.add(behind) };
    },
    second: (text) => SECOND.test(text) || undefined,
  });

  constructor(facility: number, pid: number) {
    this.#facility = facility;
    this.#pid = pid;
  }

  begin(): void {}

  wrap(source: Uint8Array, start: number, end: number, pieces: Pieces): boolean {
    const finder = this.#finder;
    const head = finder.find(source, start, end);
    if (head !== undefined) {
      const { before, behind } = head;
      const { secondsEnd, timeEnd } = finder;
      pieces.add(before.bytes, before.start, before.end);
      pieces.add(source, secondsEnd - SECOND_LENGTH, Math.min(timeEnd, secondsEnd + FRACTION_LENGTH));
      pieces.add(behind.bytes, behind.start, behind.end);
    } else {
      const fields = headerFields(source, start, end);
      finder.learn(source, start, end, fields);
      const header = Buffer.from(this.#headerOf(fields), "latin1");
      pieces.add(header, 0, header.length);
    }
    pieces.add(source, start, end);
    return true;
  }

  /** Everything before the message. */
  #headerOf({ type, time, host }: HeaderFields): string {
    const second = time.slice(0, SECOND_LENGTH);
    const rest = SECOND.test(second) ? REST.exec(time.slice(SECOND_LENGTH)) : null;
    const [before, behind] = this.#headOf(type, host, rest?.[2] ?? "");
    return before + (rest === null ? NIL : second + (rest[1] ?? "")) + behind;
  }

  #headOf(type: string, host: string, zone: string): [before: string, behind: string] {
    const name = plainText(type);
    const priority = this.#facility * 8 + severityOf(name);
    const id = printable(name, LONGEST_MESSAGE_ID);
    const sender = `${printable(plainText(host), LONGEST_HOST)} tetrad ${this.#pid} ${id}`;
    return [`<${priority}>1 `, `${zone} ${sender} [event@32473 type="${escaped(name)}"] `];
  }
}

/** Printable ASCII without spaces, of at most so many characters. */
function printable(text: string, most: number): string {
  return text.slice(0, most).replace(/[^!-~]/g, "?") || NIL;
}

/** Control characters, in UTF-8, one character a byte. A newline would begin a message in a file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\0-\x1f\x7f]|\xc2[\x80-\x9f]/g;

/** RFC 5424, section 6.3.3: with `?` for control characters, and for what is no UTF-8. Cut before a byte that begins a character. */
function escaped(type: string): string {
  const isText = isUtf8(Buffer.from(type, "latin1"));
  const text = (isText ? type : type.replace(/[\x80-\xff]/g, "?")).replace(CONTROL, "?");
  let end = Math.min(text.length, LONGEST_PARAMETER);
  while (end < text.length && (text.charCodeAt(end) & 0xc0) === 0x80) end--;
  return text.slice(0, end).replace(/["\\\]]/g, "\\$&");
}
