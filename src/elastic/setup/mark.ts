/**
 * @module What we say of ourselves in an object that we write, so that a later run can tell whether somebody else has changed
 * it: `definition` is a digest of what was to be written, `stored` one of what the server then had, which adds defaults of its
 * own.
 */
import type { Asset, Json } from "../asset.ts";

/** Who has written an object. */
export interface Mark {
  readonly version: string;
  readonly definition: string;
  /** Empty while an object is being written: it is ours whatever is in it. */
  readonly stored: string;
}

const MANAGED_BY = "tetrad";
/** At the end of a description. */
const IN_TEXT = /(?:^| )\[tetrad (?<version>\S+) (?<definition>[0-9a-f]{16}) (?<stored>[0-9a-f]{16}|-)\]$/;

/** Sixteen hexadecimal digits of what an object says, however its settings are written: servers answer `"5"` for 5. */
export function digest(body: Json): string {
  return new Bun.CryptoHasher("sha256").update(canonical(body)).digest("hex").slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(String(value));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}

/** The object with a mark, to be written. */
export function marked(asset: Asset, { version, definition, stored }: Mark): Json {
  const { body = {}, mark } = asset;
  if (mark === undefined) return body;
  return changedAt(body, mark, (before) =>
    mark.endsWith("description")
      ? `${before ?? ""} [tetrad ${version} ${definition} ${stored === "" ? "-" : stored}]`.trimStart()
      : { managed_by: MANAGED_BY, version, definition, stored },
  );
}

/** What a server has, taken apart. @returns No mark for what others have written. */
export function unmarked(
  asset: Asset,
  found: Json,
): { readonly body: Json; readonly mark: Mark | undefined } {
  const { mark: place } = asset;
  if (place === undefined) return { body: found, mark: undefined };
  let mark: Mark | undefined;
  const body = changedAt(found, place, (before) => {
    if (typeof before === "string") {
      const groups = IN_TEXT.exec(before)?.groups;
      if (groups === undefined) return before;
      const stored = groups.stored === "-" ? "" : groups.stored!;
      mark = { version: groups.version!, definition: groups.definition!, stored };
      return before.replace(IN_TEXT, "") || undefined;
    }
    const { managed_by, ...rest } = (before ?? {}) as { managed_by?: unknown } & Partial<Mark>;
    if (managed_by !== MANAGED_BY) return before;
    mark = {
      version: String(rest.version ?? ""),
      definition: String(rest.definition ?? ""),
      stored: String(rest.stored ?? ""),
    };
    return undefined;
  });
  return { body, mark };
}

/** A copy in which what stands at a dotted place is what `change` makes of it; nothing where that is `undefined`. */
function changedAt(body: Json, place: string, change: (before: unknown) => unknown): Json {
  const [key, ...rest] = place.split(".") as [string, ...string[]];
  const before = body[key];
  const after =
    rest.length === 0 ? change(before) : changedAt((before ?? {}) as Json, rest.join("."), change);
  const { [key]: _, ...others } = body;
  return after === undefined ? others : { ...others, [key]: after };
}
