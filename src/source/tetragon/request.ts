/**
 * @module What a server is asked for. Filters of the configuration are passed on where the server's answer is sure to hold
 * every event that they let through: all of them are applied here, too.
 */
import { compileEncoder, type MessageEncoder } from "../../encoding/protobuf/compile-encoder.ts";
import type { UnknownFields } from "../../encoding/protobuf/unknown.ts";
import {
  MARGIN,
  UnencodableError,
  WIRE,
  type WritableBuffer,
  writeVarint,
} from "../../encoding/protobuf/wire.ts";
import { Filter, GetEventsRequest } from "../../event/description/generated/events.ts";
import { snakeName } from "../../event/edit/names.ts";
import { parseJsonValues } from "../../lib/json/nodes.ts";
import { isObject, type JsonObject } from "../../lib/json/object.ts";
import type { ExportFilters } from "../source.ts";

/** A release of Tetragon, its first two numbers. */
export type Release = readonly [major: number, minor: number];

/** Keys of filters up to which field of the message a release is sure to have, the oldest last. */
const KNOWN_FIELDS: readonly { readonly since: Release; readonly last: number }[] = [
  { since: [1, 7], last: 19 },
  { since: [1, 0], last: 8 },
  { since: [0, 0], last: 6 },
];

/** The first release that was published. */
const FIRST_TETRAGON: Release = [0, 8];

/** Bytes of an integer of 64 bits. */
const MAX_VARINT = 10;

/** Learns from events that a server may have seen and this agent not. */
const WITH_A_MEMORY = "pid_set";

/** `v1.7.0` or `1.4.0-rc.1` as a release; `undefined` for other texts. */
export function parseRelease(version: string): Release | undefined {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})(?:\.|$)/.exec(version) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

/**
 * The request for all events that the filters let through.
 * @param release Of the server; `undefined` for one that did not say it. An old server passes over a key that it does not
 * have: an allowlist then lets more through, which does no harm, but a denylist would drop more.
 */
export function encodeEventsRequest(filters: ExportFilters, release: Release | undefined): Uint8Array {
  const last = lastKnownField(release ?? FIRST_TETRAGON);
  const allow = readFilters(filters.allowlist);
  const deny = readFilters(filters.denylist).filter((filter) =>
    Object.keys(filter).every((key) => (Filter.fields.get(key)?.number ?? Number.POSITIVE_INFINITY) <= last),
  );
  const hasMemory = [...allow, ...deny].some((filter) => WITH_A_MEMORY in filter);
  if (hasMemory) return new Uint8Array(0);
  return encodeLists({ allow_list: allow, deny_list: deny }) ?? new Uint8Array(0);
}

/** Whether a release is one of Tetragon: this agent serves the same API under versions of its own. */
export function isTetragon(release: Release): boolean {
  return isAtLeast(release, FIRST_TETRAGON);
}

function lastKnownField(release: Release): number {
  const known = isTetragon(release)
    ? KNOWN_FIELDS.find(({ since }) => isAtLeast(release, since))
    : KNOWN_FIELDS[0];
  return known!.last;
}

/** Whether a request passes filters on. */
export function hasFilters(request: Uint8Array): boolean {
  return request.length > 0;
}

/** Whether `release` is `since`, or newer. */
export function isAtLeast([major, minor]: Release, since: Release): boolean {
  return major > since[0] || (major === since[0] && minor >= since[1]);
}

/** The filters of an option, which has been checked, with the API's names. */
function readFilters(text: string): JsonObject[] {
  return parseJsonValues(text)
    .map(({ start, end }): unknown => JSON.parse(text.slice(start, end)))
    .filter(isObject)
    .map((filter) =>
      Object.fromEntries(Object.entries(filter).map(([key, value]) => [snakeName(key), value])),
    );
}

/** @returns `undefined` where a value has a form that only the option takes. */
function encodeLists(lists: Readonly<Record<string, readonly JsonObject[]>>): Uint8Array | undefined {
  const unknown: UnknownFields = { fields: 0, isRenamed: false };
  const write = compileEncoder(Filter, unknown);
  const parts: Uint8Array[] = [];
  for (const [name, filters] of Object.entries(lists)) {
    const { number } = GetEventsRequest.fields.get(name)!;
    for (const filter of filters) {
      const bytes = encode(filter, write);
      if (bytes === undefined || unknown.fields > 0 || unknown.isRenamed) return undefined;
      const head = Buffer.alloc(2 * MAX_VARINT);
      const end = writeVarint(head, writeVarint(head, 0, number! * 8 + WIRE.bytes), bytes.length);
      parts.push(head.subarray(0, end), bytes);
    }
  }
  return Buffer.concat(parts);
}

/** @returns `undefined` for what the message cannot hold. */
function encode(filter: JsonObject, write: MessageEncoder): Uint8Array | undefined {
  for (let size = 4096; ; size *= 2) {
    const buffer = Buffer.alloc(size) as WritableBuffer;
    try {
      const end = write(filter, buffer, 0);
      if (end + MARGIN <= size) return buffer.subarray(0, end);
    } catch (error) {
      if (error instanceof UnencodableError) return undefined;
      throw error;
    }
  }
}
