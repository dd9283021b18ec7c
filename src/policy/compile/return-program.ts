/** @module The program that runs where a function returns: it completes the record of the call, and sends it. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import { type CallBuilder, outputToRing, type RecordMaps, type Scalar } from "../../kernel/program/index.ts";
import type { RecordLayout } from "../../kernel/record/index.ts";
import { compileOperand, holdsOnUnreadable, type ValueLocation } from "../condition/index.ts";
import { type ActionContext, emitActions } from "./action.ts";
import { callRead } from "./argument/memory.ts";
import { type DataSettings, type LongBuffer, sendData } from "./buffer-data.ts";
import { callKey } from "./call-key.ts";
import type { ProgramSettings } from "./entry-program.ts";
import { type Plan, type PlannedEntry, type PlannedSelector, RESULT, type SelectorCount } from "./plan.ts";
import { isReturned } from "./record.ts";
import { FIELD } from "./record-field.ts";
import { askReturnedText, isText, readReturned, returnedLocation } from "./returned.ts";
import { giveScratchBack, lookUpScratch, POLICY_MAPS, type ScratchMaps, takeScratch } from "./scratch.ts";
import { readPlace } from "./shared-place.ts";
import { emitTracking, recordedSocket } from "./socket-owner.ts";

/** Writes it. A call of which nothing waits ends it after a look-up. */
export function writeReturnProgram(b: CallBuilder, plan: Plan, settings: ProgramSettings): void {
  const { asm } = b;
  const { waiting, layout, maps } = settings;
  readPlace(b, plan.placeCount);
  const pidTgid: Scalar = { slot: asm.slot("pid and tgid") };
  asm.note("pid and tgid").call("get_current_pid_tgid").store(8, "r10", pidTgid.slot, "r0");
  const key = callKey(b, plan, pidTgid, true);
  b.mapLookup(waiting, key);
  b.leaveIf("r0", "==", 0);
  using record = asm.hold("record", "r7");
  asm.set(record, "r0");
  const end = asm.freshLabel("forget");
  const state: Scalar = { slot: asm.slot("state") };
  b.loadResult("r1");
  if (plan.returned.length > 0) asm.store(8, record, layout.fields[FIELD.returned]!.offset, "r1");
  const isUserMemory = plan.point.convention !== "function";
  const filled = plan.readings.filter(isReturned);
  for (const { index } of filled) addBuffer(b, index, { layout, record, isUserMemory });
  for (const returned of plan.returned)
    readReturned(b, returned, { record, layout, isUserMemory: plan.point.user !== undefined });
  for (const entry of plan.entries) decideReturn(b, plan, settings, { entry, record, state, pidTgid });
  const posted = asm.freshLabel("posted");
  const posts: Scalar = { slot: asm.slot("posts") };
  asm.store(8, "r10", posts.slot, 0);
  for (const { index, counts } of plan.entries.flatMap(({ selectors }) => selectors)) {
    const [isPosted, next] = [asm.freshLabel("is_posted"), asm.freshLabel("next_selector")];
    asm.load(1, "r1", record, layout.fields[FIELD.result(index)]!.offset);
    asm.jumpIf("r1", "&", RESULT.posted, isPosted).jump(next).label(isPosted);
    plan.counters.emit(b, counts.get("post")!);
    asm.store(8, "r10", posts.slot, 1).label(next);
  }
  asm.load(8, "r1", "r10", posts.slot).jumpIf("r1", "!=", 0, posted).jump(end).label(posted);
  const long = filled
    .filter(({ argument }) => argument.isLong)
    .map(({ index }) => ({ index, base: record, fields: bufferFields(index, layout), isUserMemory }));
  if (long.length > 0) sendBuffers(b, long, { maps, kind: settings.kind, pidTgid, memory: settings.memory });
  send(b, record, layout, { maps, plan });
  asm.label(end);
  b.mapDelete(waiting, key);
  plan.counters.emit(b, plan.waits!.ended);
}

/** Where the fields of a buffer are that the function fills. */
function bufferFields(index: number, { fields }: RecordLayout): LongBuffer["fields"] {
  const field = (name: string) => fields[FIELD.value(index, name)]!;
  return { address: field("address"), size: field("size"), data: field("data") };
}

/** Sends what buffers have beyond the record, unless another program has the memory for it. */
function sendBuffers(
  b: CallBuilder,
  buffers: readonly LongBuffer[],
  { memory, ...settings }: DataSettings & { readonly memory: ScratchMaps },
): void {
  const { asm } = b;
  const done = asm.freshLabel("buffers_sent");
  const leaveWithout = (): void => void asm.jumpIf("r0", "==", 0, done);
  takeScratch(b, memory, { onNone: leaveWithout, onMissed: () => void asm.jump(done) });
  for (const buffer of buffers) sendData(b, buffer, settings);
  lookUpScratch(b, memory);
  leaveWithout();
  giveScratchBack(b, "r0");
  asm.label(done);
}

/** Adds what the function wrote into a buffer, as many bytes as it returned, behind what there is. */
function addBuffer(
  b: CallBuilder,
  index: number,
  {
    layout,
    record,
    isUserMemory,
  }: { readonly layout: RecordLayout; readonly record: HeldRegister; readonly isUserMemory: boolean },
): void {
  const { asm } = b;
  using size = asm.hold("bytes that were returned");
  const segment = layout.segments[FIELD.bytes(index)]!;
  const { offset: lengthOffset } = layout.fields.length!;
  const [fits, done] = [asm.freshLabel("fits"), asm.freshLabel("buffer")];
  b.loadResult("r1");
  asm.set(size, "r1").alu(size, "<<=", 32).alu(size, "s>>=", 32).jumpIf(size, "s<=", 0, done);
  asm.store(8, record, layout.fields[FIELD.value(index, "size")]!.offset, size);
  asm.jumpIf(size, "<=", segment.capacity, fits).set(size, segment.capacity).label(fits);
  asm.load(4, "r1", record, lengthOffset).jumpIf("r1", ">", layout.maxSize - segment.capacity, done);
  asm.alu("r1", "+=", record).set("r2", size);
  asm.load(8, "r3", record, layout.fields[FIELD.value(index, "address")]!.offset);
  callRead(asm, "bytes", { isUserMemory });
  asm.jumpIf("r0", "!=", 0, done).store(4, record, segment.lengthOffset, size);
  asm
    .load(4, "r1", record, lengthOffset)
    .alu("r1", "+=", size)
    .store(4, record, lengthOffset, "r1")
    .label(done);
}

/** Where an entry's part of the record is. */
interface ReturnOf {
  readonly entry: PlannedEntry;
  readonly record: HeldRegister;
  readonly state: Scalar;
  readonly pidTgid: Scalar;
}

/** `returnArgAction`: what is returned is a socket, which belongs to the caller from now on. */
function trackReturned(
  b: CallBuilder,
  { entry: { hook }, selectors }: Pick<PlannedEntry, "entry" | "selectors">,
  of: { readonly record: HeldRegister; readonly pidTgid: Scalar; readonly layout: RecordLayout },
): void {
  if (hook.returnSock === undefined) return;
  const { asm } = b;
  const [held, done] = [asm.freshLabel("held"), asm.freshLabel("no_socket")];
  for (const { index } of selectors)
    asm.load(1, "r1", of.record, of.layout.fields[FIELD.result(index)]!.offset).jumpIf("r1", "!=", 0, held);
  asm.jump(done).label(held);
  const socket: Scalar = { slot: asm.slot("returned socket") };
  b.loadResult("r1");
  asm.store(8, "r10", socket.slot, "r1");
  emitTracking(b, hook.returnSock, socket, of.pidTgid);
  asm.label(done);
}

/** Asks the conditions on what is returned, of the selector that held at the begin, and acts. */
function decideReturn(
  b: CallBuilder,
  plan: Plan,
  settings: ProgramSettings,
  { entry: { entry, selectors, args, returned }, record, state, pidTgid }: ReturnOf,
): void {
  const { asm } = b;
  const { layout } = settings;
  trackReturned(b, { entry, selectors }, { record, pidTgid, layout });
  const isAsked = ({ returnConditions, returnActions }: PlannedSelector) =>
    returnConditions.length > 0 || returnActions.length > 0;
  if (!selectors.some(isAsked)) return;
  asm.note(`policy ${entry.policy.name}`).loadMapValue("r1", POLICY_MAPS.state, entry.position * 8);
  asm.load(8, "r1", "r1", 0).store(8, "r10", state.slot, "r1");
  for (const selector of selectors.filter(isAsked)) {
    const result = layout.fields[FIELD.result(selector.index)]!.offset;
    const done = asm.freshLabel("decided");
    asm.load(1, "r1", record, result).jumpIf("r1", "==", 0, done);
    for (const { condition, counter } of selector.returnConditions) {
      const [failed, held] = [asm.freshLabel("fails"), asm.freshLabel("holds")];
      const ask = (location: ValueLocation, fails: string): void =>
        compileOperand({ asm, maps: settings.conditionMaps }, condition.operand, [location], fails);
      if (isText(returned!))
        askReturnedText(
          b,
          returned!,
          { record, layout },
          { ask, failed, holdsOnUnreadable: holdsOnUnreadable(condition.operand) },
        );
      else ask(returnedLocation(b, returned!, record, layout), failed);
      asm.jump(held).label(failed);
      plan.counters.emit(b, counter);
      asm.store(1, record, result, 0).jump(done).label(held);
    }
    const socket = (position: number) => recordedSocket(b, record, args[position]!, layout);
    const context = { builder: b, base: record, result, state, pidTgid, socket, enforcer: entry.enforcer };
    emitReturnActions(context, { plan, settings, selector });
    asm.label(done);
  }
}

function emitReturnActions(
  context: Omit<ActionContext, "override" | "settings" | "count">,
  of: { readonly plan: Plan; readonly settings: ProgramSettings; readonly selector: PlannedSelector },
): void {
  const { plan, settings, selector } = of;
  if (selector.returnActions.length === 0) return;
  const count = (what: SelectorCount): void =>
    plan.counters.emit(context.builder, selector.counts.get(what)!);
  emitActions({ ...context, override: undefined, settings, count }, selector.returnActions);
}

/** Sends the record, as long as it says that it is. */
function send(
  b: CallBuilder,
  record: HeldRegister,
  layout: RecordLayout,
  { maps, plan }: { readonly maps: RecordMaps; readonly plan: Plan },
): void {
  const { asm } = b;
  const bounded = asm.freshLabel("bounded");
  asm.load(4, "r3", record, layout.fields.length!.offset).jumpIf("r3", "<=", layout.maxSize, bounded);
  asm.set("r3", layout.maxSize).label(bounded);
  const onLost = (): void => {
    for (const { index, counts } of plan.entries.flatMap(({ selectors }) => selectors)) {
      const [isPosted, next] = [asm.freshLabel("is_posted"), asm.freshLabel("next_selector")];
      asm.load(1, "r1", record, layout.fields[FIELD.result(index)]!.offset);
      asm.jumpIf("r1", "&", RESULT.posted, isPosted).jump(next).label(isPosted);
      plan.counters.emit(b, counts.get("lost")!);
      asm.label(next);
    }
  };
  outputToRing(b, maps, { record, size: "r3", onLost });
}
