/** @module Hooks on programs and libraries: what `uprobes` and `usdts` are attached to. */
import { posix } from "node:path";
import type { HookTarget } from "../../policy.ts";
import type { FileDigest, ProbedFile, WantedPlace } from "../../user-target.ts";
import { oneOf, quote } from "../finding.ts";
import type { UPROBE, USDT } from "../schema/hook.ts";
import type { Read } from "../schema/kind.ts";
import type { Context } from "./context.ts";

type Uprobe = Read<typeof UPROBE>;

const BY = ["symbols", "offsets", "addrs"] as const;
const SYMBOL = /^([^+]+)(?:\+(0x[0-9a-f]+|\d+))?$/i;
const DIGEST = /^(sha1|sha256|sha384|sha512|build-id):([0-9a-f]+)$/i;
/** Hexadecimal digits. */
const LENGTHS: Readonly<Record<string, number>> = { sha1: 40, sha256: 64, sha384: 96, sha512: 128 };

/** What an uprobe is attached to; nothing where something in it is wrong. */
export function uprobeTargets(uprobe: Uprobe, context: Context): HookTarget[] {
  const errors = context.errors;
  const places = readPlaces(uprobe, context);
  const digests = readDigests(uprobe, context);
  const isInContainers = uprobe.resolvePathInContainer === true;
  if (isInContainers && !context.isForContainers)
    context.error(uprobe, "resolvePathInContainer", {
      found: "resolvePathInContainer: true in a policy for everything",
      expected: "podSelector or containerSelector: which containers the path is looked for in",
      cure: "write podSelector: {} for those of all pods",
    });
  if (uprobe.path === undefined || context.errors > errors) return [];
  const file: ProbedFile = {
    path: absolute(uprobe.path),
    places,
    digests,
    ignoresOtherDigest: uprobe.ignore?.digestVerificationFailure === true,
    typesPath: uprobe.btfPath,
    ...(isInContainers ? { isInContainers } : {}),
  };
  return places.map((_, place) => ({ kind: "uprobe", file, place }));
}

/** What a static tracepoint is attached to. */
export function usdtTargets({ path, provider, name, btfPath }: Read<typeof USDT>): HookTarget[] {
  if (path === undefined || provider === undefined || name === undefined) return [];
  const file: ProbedFile = {
    path: absolute(path),
    places: [],
    digests: [],
    ignoresOtherDigest: false,
    typesPath: btfPath,
  };
  return [{ kind: "usdt", file, provider, name }];
}

/** The agent works in the root directory. */
function absolute(path: string): string {
  return posix.resolve("/", path);
}

function readPlaces(uprobe: Uprobe, context: Context): WantedPlace[] {
  const given = BY.filter((field) => uprobe[field] !== undefined || context.places.isBroken(uprobe, field));
  if (given.length !== 1) {
    context.error(uprobe, given[1], {
      found: given.length === 0 ? `none of ${oneOf(BY)}` : given.join(" and "),
      expected: `one of ${oneOf(BY)}`,
    });
    return [];
  }
  const [by] = given as [(typeof BY)[number]];
  const all = (uprobe[by] ?? []).map((value, index) => readPlace(by, value, context, [uprobe[by]!, index]));
  const counters = uprobe.refCtrOffsets ?? [];
  if (uprobe[by]?.length === 0)
    context.error(uprobe, by, { found: `${by} without entries`, expected: "at least one" });
  if (counters.length > 0 && (by === "addrs" || counters.length !== all.length)) {
    context.error(uprobe, "refCtrOffsets", {
      found: `${counters.length} counters for ${all.length} ${by}`,
      expected: by === "addrs" ? "symbols or offsets with it" : `as many as ${by}`,
    });
  }
  const isOverridden = overrides(uprobe);
  return context.keep(all).map((at, index) => ({
    at,
    referenceCounter: counters[index] === undefined ? undefined : BigInt(counters[index]),
    ...(isOverridden ? { isOverridden } : {}),
  }));
}

/** Whether a selector may have it: what macros add is not known yet. */
function overrides({ selectors = [] }: Uprobe): boolean {
  return selectors.some(
    ({ macros = [], matchActions = [] }) =>
      macros.length > 0 || matchActions.some(({ action }) => action === "Override"),
  );
}

function readPlace(
  by: (typeof BY)[number],
  value: string | number,
  context: Context,
  [list, index]: readonly [object, number],
): WantedPlace["at"] | undefined {
  if (by === "offsets") return { by: "offset", offset: BigInt(value) };
  if (by === "addrs") return { by: "address", address: BigInt(value) };
  const [, name, offset = "0"] = SYMBOL.exec(String(value)) ?? [];
  if (name !== undefined) return { by: "symbol", name, offset: BigInt(offset) };
  return context.error(list, index, {
    found: quote(String(value)),
    expected: "the name of a function, or name+offset",
  });
}

function readDigests({ binaryDigests = [] }: Uprobe, context: Context): FileDigest[] {
  return context.keep(
    binaryDigests.map((text, index): FileDigest | undefined => {
      const [, word = "", hexadecimal = ""] = DIGEST.exec(text) ?? [];
      const kind = word.toLowerCase() as FileDigest["kind"];
      const isWhole =
        hexadecimal.length % 2 === 0 && (LENGTHS[kind] ?? hexadecimal.length) === hexadecimal.length;
      if (hexadecimal !== "" && isWhole) return { kind, hexadecimal: hexadecimal.toLowerCase() };
      return context.error(binaryDigests, index, {
        found: quote(text),
        expected: "sha1:, sha256:, sha384:, sha512: or build-id: and the digest in hexadecimal",
      });
    }),
  );
}
