/** @module What bodies of requests are: the intakes that are spoken to. */

import type { Pieces } from "../../encoding/envelope.ts";
import { Escaper } from "../../encoding/escaper.ts";
import { type HeaderFields, headerFields, plainText } from "../../encoding/header-fields.ts";
import { METADATA_EVENTS } from "../../event/description/metadata.ts";
import { KNOWN_TYPES } from "../../event/kind.ts";
import type { HttpFormat } from "./format-names.ts";

/** How an intake wants events. */
export interface BodyFormat {
  readonly contentType: string;
  /** Where requests go when the URL says no path. */
  readonly path: string;
  /** What stands before the first item, between items, and behind the last one. */
  readonly open: Buffer;
  readonly between: Buffer;
  readonly close: Buffer;
  /** The header that a token is in. */
  readonly token: { readonly header: string; readonly prefix: string };
  /**
   * What an intake of this kind says of a request that it calls bad: number of the event that is, those before which have been
   * taken; that it is about what is in events, or about settings. @default it does not say
   */
  judge?(answer: string): number | "events" | "settings" | undefined;
  /** Adds the pieces of the item for the event `source[start, end)`, without its newline. They last until the next call. */
  wrap(source: Uint8Array, start: number, end: number, pieces: Pieces): void;
}

const BEARER = { header: "authorization", prefix: "Bearer " };
const NOTHING = Buffer.alloc(0);
const NEWLINE = Buffer.from("\n");
const COMMA = Buffer.from(",");
const END_OF_OBJECT = Buffer.from("}");
const END_OF_LOKI = Buffer.from("]]}");

/** Makes the format of one exporter. */
export function createFormat(name: HttpFormat): BodyFormat {
  return FORMATS[name]();
}

const asItIs: BodyFormat["wrap"] = (source, start, end, pieces) => pieces.add(source, start, end);

const FORMATS: Readonly<Record<HttpFormat, () => BodyFormat>> = {
  ndjson: () => ({
    contentType: "application/x-ndjson",
    path: "/",
    open: NOTHING,
    between: NEWLINE,
    close: NEWLINE,
    token: BEARER,
    wrap: asItIs,
  }),
  json: () => ({
    contentType: "application/json",
    path: "/",
    open: Buffer.from("["),
    between: COMMA,
    close: Buffer.from("]"),
    token: BEARER,
    wrap: asItIs,
  }),
  // https://help.splunk.com/en/splunk-enterprise/get-started/get-data-in/9.4/get-data-with-http-event-collector/format-events-for-http-event-collector
  "splunk-hec": () => ({
    contentType: "application/json",
    path: "/services/collector/event",
    open: NOTHING,
    between: NEWLINE,
    close: NEWLINE,
    token: { header: "authorization", prefix: "Splunk " },
    judge: judgeOfSplunk,
    wrap(source, start, end, pieces) {
      const { time, host } = headerFields(source, start, end);
      const seconds = secondsOf(time);
      const stamp = seconds === undefined ? "" : `"time":${seconds},`;
      const where = host === "" ? "" : `"host":"${host}",`;
      addText(pieces, `{${stamp}${where}"source":"tetrad","sourcetype":"_json","event":`);
      pieces.add(source, start, end);
      pieces.add(END_OF_OBJECT, 0, END_OF_OBJECT.length);
    },
  }),
  // https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
  loki: () => {
    const escaper = new Escaper();
    const nodes = new Set<string>();
    return {
      contentType: "application/json",
      path: "/loki/api/v1/push",
      open: Buffer.from('{"streams":['),
      between: COMMA,
      close: Buffer.from("]}"),
      token: BEARER,
      judge: (answer) => (OF_ENTRIES.test(answer) ? "events" : undefined),
      wrap(source, start, end, pieces) {
        const fields = headerFields(source, start, end);
        addText(pieces, `{"stream":{${labelsOf(fields, nodes)}},"values":[["${nanosecondsOf(fields.time)}",`);
        addEscaped(escaper, source, start, end, END_OF_LOKI, pieces);
      },
    };
  },
  // https://docs.datadoghq.com/api/latest/logs/#send-logs
  datadog: () => {
    const escaper = new Escaper();
    return {
      contentType: "application/json",
      path: "/api/v2/logs",
      open: Buffer.from("["),
      between: COMMA,
      close: Buffer.from("]"),
      token: { header: "dd-api-key", prefix: "" },
      wrap(source, start, end, pieces) {
        const { time, host } = headerFields(source, start, end);
        const seconds = secondsOf(time);
        const stamp = seconds === undefined ? "" : `"timestamp":${Math.floor(Number(seconds) * 1000)},`;
        const where = host === "" ? "" : `"hostname":"${host}",`;
        addText(pieces, `{"ddsource":"tetragon","service":"tetrad",${where}${stamp}"message":`);
        addEscaped(escaper, source, start, end, END_OF_OBJECT, pieces);
      },
    };
  },
};

/** Codes by which Splunk calls an event bad: no such format, no event, an empty one, bad indexed fields. */
const BAD_EVENT: ReadonlySet<unknown> = new Set([6, 12, 13, 15]);
/** As Loki says that it does not take entries (pkg/validation/validate.go); it has taken the others of the request. */
const OF_ENTRIES = /timestamp too (?:old|new)|too far behind|out of order|max(?:imum)? (?:entry|line) size/i;

/** https://help.splunk.com/en/splunk-enterprise/get-started/get-data-in/9.4/get-data-with-http-event-collector/troubleshoot-http-event-collector */
function judgeOfSplunk(answer: string): number | "settings" | undefined {
  try {
    const { code, "invalid-event-number": number } = JSON.parse(answer) as Record<string, unknown>;
    if (typeof code !== "number") return undefined;
    if (!BAD_EVENT.has(code)) return "settings";
    return Number.isSafeInteger(number) && Number(number) >= 0 ? Number(number) : undefined;
  } catch {
    return undefined;
  }
}

function addText(pieces: Pieces, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  pieces.add(bytes, 0, bytes.length);
}

/** The event as a text of JSON. */
function addEscaped(
  escaper: Escaper,
  source: Uint8Array,
  start: number,
  end: number,
  ending: Buffer,
  pieces: Pieces,
): void {
  escaper.begin();
  if (!escaper.escape(source, start, end, ending)) throw new RangeError("the escaper has no room");
  pieces.add(escaper.bytes, escaper.start, escaper.end);
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\d*(Z|[+-]\d\d:\d\d)$/;

/** Seconds since 1970 with the digits that there are, as a number of JSON. */
function secondsOf(time: string): string | undefined {
  const [seconds, fraction] = partsOf(time) ?? [];
  if (seconds === undefined) return undefined;
  return fraction === "" ? String(seconds) : `${seconds}.${fraction}`;
}

/** Nanoseconds since 1970; the present of what has no time. */
function nanosecondsOf(time: string): string {
  const [seconds = Math.floor(Date.now() / 1000), fraction = ""] = partsOf(time) ?? [];
  return `${seconds}${fraction.padEnd(9, "0")}`;
}

function partsOf(time: string): [seconds: number, fraction: string] | undefined {
  const parts = TIME.exec(time);
  const milliseconds = parts === null ? Number.NaN : Date.parse(parts[1]! + parts[3]!);
  return milliseconds >= 0 ? [milliseconds / 1000, parts![2] ?? ""] : undefined;
}

/** Of different nodes, and characters of their names: who writes events may make up any. Loki takes no longer ones than 2048. */
const [MOST_NODES, LONGEST_NODE] = [1000, 255];
const UNKNOWN = "unknown";

/** Few values each: a stream of Loki is one of each combination. @param nodes Those that there are. */
function labelsOf({ type, host }: HeaderFields, nodes: Set<string>): string {
  const labels = [
    '"job":"tetrad"',
    host === "" ? "" : `"node":"${nodeLabel(host, nodes)}"`,
    `"event_type":"${typeLabel(type)}"`,
  ];
  return labels.filter((label) => label !== "").join(",");
}

function nodeLabel(host: string, nodes: Set<string>): string {
  if (nodes.has(host)) return host;
  if (nodes.size === MOST_NODES || plainText(host).length > LONGEST_NODE) return UNKNOWN;
  nodes.add(host);
  return host;
}

/** A type that is none of Tetragon's, nor of ours, cannot make streams without end. */
function typeLabel(type: string): string {
  return KNOWN_TYPES.has(type) || (METADATA_EVENTS as readonly string[]).includes(type) ? type : UNKNOWN;
}
