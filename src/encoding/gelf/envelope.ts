/**
 * @module An event as a GELF 1.1 message. GELF's fields are texts and numbers only, so the event is the text of
 * `full_message`: JSON in JSON, from which a receiver gets the event's bytes as they came.
 */
import { type Constant, Constants } from "../constants.ts";
import type { Envelope, Pieces } from "../envelope.ts";
import { Escaper } from "../escaper.ts";
import { HeadFinder } from "../head-finder.ts";
import { type HeaderFields, headerFields, plainText } from "../header-fields.ts";
import { severityOf } from "../severity.ts";

const TIME = /^(.{19})(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)$/;
/** The dot and six digits of a second: more are not in a number of 64 bits. */
const FRACTION_LENGTH = 7;
/** GELF needs a host. */
const NO_HOST = "unknown";
const NO_TYPE = "unknown";
const ENDING = Buffer.from("}");
const VERSION = '{"version":"1.1"';

/** The envelope of one exporter. */
export function createGelf(): Envelope {
  return new Gelf();
}

class Gelf implements Envelope {
  readonly #constants = new Constants();
  readonly #finder: HeadFinder<Constant, Constant> = new HeadFinder({
    head: (type, host) => this.#constants.add(restOf(type, host)),
    second: (text) => {
      const seconds = secondsOf(text, "Z");
      return seconds === undefined ? undefined : this.#constants.add(`${VERSION},"timestamp":${seconds}`);
    },
  });
  readonly #escaper = new Escaper();

  begin(): void {
    this.#escaper.begin();
  }

  wrap(source: Uint8Array, start: number, end: number, pieces: Pieces): boolean {
    const escaper = this.#escaper;
    if (!escaper.escape(source, start, end, ENDING)) return false;
    const finder = this.#finder;
    const head = finder.find(source, start, end);
    if (head !== undefined) {
      const second = finder.second!;
      const { secondsEnd, timeEnd } = finder;
      pieces.add(second.bytes, second.start, second.end);
      pieces.add(source, secondsEnd, Math.min(timeEnd, secondsEnd + FRACTION_LENGTH));
      pieces.add(head.bytes, head.start, head.end);
    } else {
      const fields = headerFields(source, start, end);
      finder.learn(source, start, end, fields);
      const header = Buffer.from(headerOf(fields), "latin1");
      pieces.add(header, 0, header.length);
    }
    pieces.add(escaper.bytes, escaper.start, escaper.end);
    return true;
  }
}

/** Everything before the text of `full_message`. */
function headerOf({ type, time, host }: HeaderFields): string {
  const parts = TIME.exec(time);
  const seconds = parts === null ? undefined : secondsOf(parts[1]!, parts[3]!);
  const stamp = seconds === undefined ? "" : `,"timestamp":${seconds}${parts![2] ?? ""}`;
  return VERSION + stamp + restOf(type, host);
}

/** What stands behind the time. */
function restOf(type: string, host: string): string {
  const name = type || NO_TYPE;
  const level = severityOf(plainText(name));
  return `,"host":"${host || NO_HOST}","short_message":"${name}","level":${level},"_event_type":"${name}","full_message":`;
}

/** Seconds since 1970; `undefined` for what is no time, and for what is before 1970: it counts back from there, and its fraction does not. */
function secondsOf(text: string, zone: string): number | undefined {
  const milliseconds = Date.parse(text + zone);
  return milliseconds >= 0 ? milliseconds / 1000 : undefined;
}
