/**
 * @module `TrackSock` and `UntrackSock`: which process a socket belongs to. What is about a socket often happens while another
 * process, or none, runs: its events are then of the one that the socket belongs to.
 */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import type { ProgramBuilder, Scalar } from "../../kernel/program/index.ts";
import type { RecordLayout } from "../../kernel/record/index.ts";
import { TetradError } from "../../os/error.ts";
import type { Hook, Policy } from "../policy.ts";
import type { PlannedEntry } from "./plan.ts";
import { READING_STATE, type Reading } from "./reading.ts";
import { FIELD } from "./record-field.ts";

/** Name of the map: start and number of the process and thread, by the socket's address. */
export const SOCKET_MAP = "tetrad_policy_k";
/** Sockets that are remembered: the last ones. */
const MOST_SOCKETS = 32_000;
/** Bytes of an owner: start of the process, thread and process. */
const OWNER = { startTime: 0, pidTgid: 8, size: 16 } as const;
/** The field of a socket that is its address. */
const ADDRESS = "cookie";

/** The map. */
export function socketMap(): MapDefinition {
  return {
    name: SOCKET_MAP,
    type: BPF_MAP_TYPE.LRU_HASH,
    keySize: 8,
    valueSize: OWNER.size,
    maxEntries: MOST_SOCKETS,
  };
}

/** Whether a policy says whom sockets belong to: then its events are of those. */
export function tracksSockets({ hooks }: Policy): boolean {
  return hooks.some(
    ({ returnSock, selectors }: Hook) =>
      returnSock === "TrackSock" ||
      selectors.some(({ actions, returnActions }) =>
        [...actions, ...returnActions].some(({ action }) => action === "TrackSock"),
      ),
  );
}

/** @throws TetradError `unsupported` when a reading is of no socket. */
function requireSocket({ argument: { type }, fields }: Reading): void {
  if (!(ADDRESS in fields))
    throw new TetradError("unsupported", `Cannot track a socket by an argument of type "${type}"`);
}

/** The address of the socket that an argument is, in a slot: 0 where it is none. It is read if it was not yet. */
export function loadSocket(
  b: ProgramBuilder,
  scratch: HeldRegister,
  reading: Reading,
  reader: { read(scratch: HeldRegister, reading: Reading): unknown },
): Scalar {
  const { asm } = b;
  requireSocket(reading);
  const known = asm.freshLabel("known");
  asm.load(1, "r1", scratch, reading.state).jumpIf("r1", "!=", READING_STATE.unread, known);
  reader.read(scratch, reading);
  asm.label(known);
  return addressIn(b, scratch, reading.state, reading.fields[ADDRESS]!.offset);
}

/** The same where a call is recorded. */
export function recordedSocket(
  b: ProgramBuilder,
  record: HeldRegister,
  reading: Reading,
  { fields }: RecordLayout,
): Scalar {
  requireSocket(reading);
  const { index } = reading;
  return addressIn(
    b,
    record,
    fields[FIELD.state(index)]!.offset,
    fields[FIELD.value(index, ADDRESS)]!.offset,
  );
}

function addressIn({ asm }: ProgramBuilder, base: HeldRegister, state: number, address: number): Scalar {
  const socket: Scalar = { slot: asm.slot("tracked socket") };
  const done = asm.freshLabel("socket");
  asm.store(8, "r10", socket.slot, 0).load(1, "r1", base, state);
  asm.jumpIf("r1", "!=", READING_STATE.read, done);
  asm.load(8, "r1", base, address).store(8, "r10", socket.slot, "r1").label(done);
  return socket;
}

/** From now on the socket whose address is in `socket` belongs to the process that runs, or to nobody. */
export function emitTracking(
  b: ProgramBuilder,
  action: "TrackSock" | "UntrackSock",
  socket: Scalar,
  pidTgid: Scalar,
): void {
  const { asm } = b;
  const done = asm.freshLabel("tracked");
  asm.note(action).load(8, "r1", "r10", socket.slot).jumpIf("r1", "==", 0, done);
  if (action === "UntrackSock") b.mapDelete(SOCKET_MAP, socket.slot);
  else {
    using owner = asm.scopedSlot("owner", OWNER.size);
    b.load("r1", b.currentTask("task"), "group_leader.start_boottime", "start time");
    asm.store(8, "r10", owner.offset + OWNER.startTime, "r1");
    asm.load(8, "r1", "r10", pidTgid.slot).store(8, "r10", owner.offset + OWNER.pidTgid, "r1");
    b.mapUpdate(SOCKET_MAP, socket.slot, owner.offset);
  }
  asm.label(done);
}

/**
 * The process that a record is of becomes the one that a socket belongs to, where an entry's policy says whom.
 * @param of `startTime`: of that process, which may be changed. @returns Its thread and number.
 */
export function emitOwner(
  b: ProgramBuilder,
  entries: readonly PlannedEntry[],
  {
    scratch,
    startTime,
    pidTgid,
  }: { readonly scratch: HeldRegister; readonly startTime: Scalar; readonly pidTgid: Scalar },
): Scalar {
  const { asm } = b;
  const ofTracking = entries.filter(({ entry }) => tracksSockets(entry.policy));
  const readings = new Set(ofTracking.flatMap(({ args }) => args.filter(({ fields }) => ADDRESS in fields)));
  if (readings.size === 0) return pidTgid;
  const owner: Scalar = { slot: asm.slot("owner's pid and tgid") };
  asm.load(8, "r1", "r10", pidTgid.slot).store(8, "r10", owner.slot, "r1");
  using socket = asm.scopedSlot("socket");
  for (const reading of readings) {
    const next = asm.freshLabel("next_socket");
    asm.note("whose socket is it?").load(1, "r1", scratch, reading.state);
    asm.jumpIf("r1", "!=", READING_STATE.read, next);
    asm.load(8, "r1", scratch, reading.fields[ADDRESS]!.offset).store(8, "r10", socket.offset, "r1");
    b.mapLookup(SOCKET_MAP, socket.offset);
    asm.jumpIf("r0", "==", 0, next).load(8, "r1", "r0", OWNER.startTime);
    asm.store(8, "r10", startTime.slot, "r1").load(8, "r1", "r0", OWNER.pidTgid);
    asm.store(8, "r10", owner.slot, "r1").label(next);
  }
  return owner;
}
