/** @module `rateLimit`: the same event is not posted again for a while. */

import type { HeldRegister } from "../../kernel/asm/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import type { ProgramBuilder, Scalar } from "../../kernel/program/index.ts";
import type { Action, PostAction } from "../policy.ts";
import { type Plan, RESULT } from "./plan.ts";
import type { Reading } from "./reading.ts";
import { placeSlot } from "./shared-place.ts";

/** Name of the map: when an event was posted last, by a hash of what it says. */
export const RATE_MAP = "tetrad_policy_l";
/** Events that are remembered: the last ones. */
const MOST_EVENTS = 1 << 15;

/** Of the hash FNV-1a, over words. Source: Fowler, Noll, Vo: "FNV hash history". */
const FNV_BASIS = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
/** Bytes of an argument that tell events apart. */
const COMPARED = 40;
const NANOSECONDS = 1_000_000_000n;

/** The map. */
export function rateMap(): MapDefinition {
  return { name: RATE_MAP, type: BPF_MAP_TYPE.LRU_HASH, keySize: 8, valueSize: 8, maxEntries: MOST_EVENTS };
}

/** Where limits are asked. */
export interface LimitContext {
  readonly scratch: HeldRegister;
  readonly pidTgid: Scalar;
  /** Of a program with one selector: where it ends. */
  readonly alone: string | undefined;
}

/** Takes back what is posted of events that were a moment ago. @returns Whether there are limits. */
export function emitLimits(b: ProgramBuilder, { entries, placeCount }: Plan, context: LimitContext): boolean {
  const { asm } = b;
  const { scratch, alone } = context;
  let hasLimits = false;
  for (const { entry, selectors, args, data } of entries) {
    for (const { index, result, actions } of selectors) {
      const limit = actions.find(isLimited);
      if (limit === undefined) continue;
      hasLimits = true;
      const [limited, done] = [asm.freshLabel("limited"), asm.freshLabel("not_limited")];
      if (alone === undefined) {
        const posted = asm.freshLabel("posted");
        asm.load(1, "r1", scratch, result).jumpIf("r1", "&", RESULT.posted, posted).jump(done).label(posted);
      }
      const identity = (BigInt(entry.position) << 32n) | BigInt(index);
      emitLimit(b, { ...context, limit, identity, placeCount, readings: [...args, ...data] }, limited);
      asm.jump(done).label(limited);
      if (alone === undefined) asm.store(1, scratch, result, RESULT.held);
      else asm.jump(alone);
      asm.label(done);
    }
  }
  return hasLimits;
}

function isLimited(action: Action): action is PostAction {
  return action.action === "Post" && action.rateLimit > 0;
}

/** A limit, and what it looks at. */
interface LimitOf extends LimitContext {
  readonly limit: PostAction;
  /** Tells hooks and selectors apart. */
  readonly identity: bigint;
  readonly placeCount: number;
  readonly readings: readonly Reading[];
}

/** Goes to `limited` where the same event was posted a moment ago; else remembers it. */
function emitLimit(b: ProgramBuilder, of: LimitOf, limited: string): void {
  const { asm } = b;
  const { limit, scratch, readings } = of;
  using key = asm.scopedSlot("event's hash");
  using now = asm.scopedSlot("now");
  asm
    .note("rate limit")
    .setWide("r1", FNV_BASIS ^ of.identity)
    .store(8, "r10", key.offset, "r1");
  if (limit.rateLimitScope !== "global") {
    b.loadSlot("r2", of.pidTgid);
    if (limit.rateLimitScope === "process") asm.alu("r2", ">>=", 32);
    mix(b, key.offset);
  }
  if (of.placeCount > 1) {
    b.loadSlot("r2", placeSlot(b));
    mix(b, key.offset);
  }
  for (const reading of readings) mixReading(b, scratch, reading, key.offset);
  const fresh = asm.freshLabel("fresh");
  asm.call("ktime_get_ns").store(8, "r10", now.offset, "r0");
  b.mapLookup(RATE_MAP, key.offset);
  asm.jumpIf("r0", "==", 0, fresh).load(8, "r1", "r10", now.offset).load(8, "r2", "r0", 0);
  asm.alu("r1", "-=", "r2").setWide("r2", BigInt(limit.rateLimit) * NANOSECONDS);
  asm.jumpIf("r1", "<", "r2", limited).label(fresh);
  b.mapUpdate(RATE_MAP, key.offset, now.offset);
}

/** hash = (hash ^ `r2`) * prime */
function mix({ asm }: ProgramBuilder, hash: number): void {
  asm.load(8, "r1", "r10", hash).alu("r1", "^=", "r2").setWide("r3", FNV_PRIME);
  asm.alu("r1", "*=", "r3").store(8, "r10", hash, "r1");
}

function mixReading(
  b: ProgramBuilder,
  scratch: HeldRegister,
  { fields, region, state }: Reading,
  hash: number,
): void {
  const { asm } = b;
  asm.load(1, "r2", scratch, state);
  mix(b, hash);
  let left = COMPARED;
  for (const { offset, size } of Object.values(fields)) {
    left -= size;
    if (left < 0) return;
    asm.load(size, "r2", scratch, offset);
    mix(b, hash);
  }
  if (region === undefined) return;
  using block = asm.scopedSlot("compared bytes", COMPARED);
  const fits = asm.freshLabel("fits");
  for (let i = 0; i < COMPARED; i += 8) asm.store(8, "r10", block.offset + i, 0);
  asm
    .load(4, "r2", scratch, region.length)
    .jumpIf("r2", "<=", COMPARED, fits)
    .set("r2", COMPARED)
    .label(fits);
  asm.set("r3", scratch).alu("r3", "+=", region.offset);
  if (region.start !== undefined) asm.load(4, "r1", scratch, region.start).alu("r3", "+=", "r1");
  asm.set("r1", "r10").alu("r1", "+=", block.offset).call("probe_read_kernel");
  for (let i = 0; i < COMPARED; i += 8) {
    asm.load(8, "r2", "r10", block.offset + i);
    mix(b, hash);
  }
}
