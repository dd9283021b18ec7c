/**
 * @module The program that runs where a hook begins.
 *
 * What is cheap is asked first, where the arguments lie: a call that no selector is about costs some instructions. Then what
 * conditions look at is read, each argument once, and each decides at once; what a record needs besides is read last. Whether
 * a selector may still hold is a byte of the scratch, not a register: what is in memory has no history, so that the verifier
 * finds all ways through the program alike.
 */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import {
  type CallBuilder,
  countIn,
  type ProgramBuilder,
  type RecordMaps,
  type Scalar,
} from "../../kernel/program/index.ts";
import type { RecordLayout } from "../../kernel/record/index.ts";
import type { TracepointField } from "../../kernel/tracepoint/index.ts";
import { holdsOnUnreadable } from "../condition/index.ts";
import { type ActionSettings, emitActions } from "./action.ts";
import { callKey } from "./call-key.ts";
import { decideCheaply } from "./cheap-decision.ts";
import { type ConditionSettings, Conditions } from "./conditions.ts";
import { leaveDecision } from "./file-hash.ts";
import { decisionSlot } from "./override.ts";
import { type Plan, type PlannedEntry, type PlannedSelector, RESULT, type SelectorCount } from "./plan.ts";
import { countPosts } from "./post-count.ts";
import { emitLimits } from "./rate-limit.ts";
import { Reader, readBeforeSet } from "./reader.ts";
import { READING_STATE, type Reading } from "./reading.ts";
import { writeRecord } from "./record.ts";
import { giveScratchBack, POLICY_MAPS, type ScratchMaps, takeScratch } from "./scratch.ts";
import { loadSocket } from "./socket-owner.ts";
import { emitStacks } from "./stack-trace.ts";

/** What a program is written with. */
export interface ProgramSettings extends ConditionSettings, ActionSettings {
  readonly layout: RecordLayout;
  readonly maps: RecordMaps;
  /** The memory that the program works in. */
  readonly memory: ScratchMaps;
  /** Fields of a tracepoint that is not raw. */
  readonly fields: readonly TracepointField[];
  /** The number that records of policies begin with. */
  readonly kind: number;
  /** The map of records that wait for the function's return. */
  readonly waiting: string;
  /** Whether the kernel has `bpf_task_pt_regs`. */
  readonly hasTaskRegisters: boolean;
  /** Ends the program unless the process is in the sensor's scope. */
  readonly leaveUnlessInScope: (b: ProgramBuilder) => void;
}

/** Writes it. */
export class EntryProgram {
  readonly #b: ProgramBuilder;
  readonly #plan: Plan;
  readonly #settings: ProgramSettings;
  readonly #reader: Reader;
  readonly #conditions: Conditions;
  readonly #selectors: readonly PlannedSelector[];
  /** Whether one selector is all there is: then the program ends where it does not hold. */
  readonly #isAlone: boolean;
  readonly #pidTgid: Scalar;
  readonly #state: Scalar;
  readonly #free: string;

  constructor(b: ProgramBuilder, plan: Plan, settings: ProgramSettings) {
    this.#b = b;
    this.#plan = plan;
    this.#settings = settings;
    this.#selectors = plan.entries.flatMap(({ selectors }) => selectors);
    this.#isAlone = this.#selectors.length === 1;
    const slot = (name: string): Scalar => ({ slot: b.asm.slot(name) });
    this.#pidTgid = slot("pid and tgid");
    this.#state = slot("state");
    this.#free = b.asm.freshLabel("free");
    if (plan.override === "decision") b.returnError(decisionSlot(b));
    plan.counters.begin(b);
    this.#reader = new Reader(b, plan, {
      fields: settings.fields,
      hasTaskRegisters: settings.hasTaskRegisters,
      hasTypedTask: settings.process.hasTypedTask,
    });
    this.#conditions = new Conditions(b, plan.counters, this.#reader, settings);
  }

  /** Writes all of it. */
  write(): void {
    const { asm } = this.#b;
    if (!this.#isAlone) this.#conditions.begin(this.#selectors);
    using first = this.#isAlone ? undefined : asm.hold("first selector", "r8");
    decideCheaply(this.#b, {
      plan: this.#plan,
      selectors: this.#selectors,
      conditions: this.#conditions,
      reader: this.#reader,
      first,
    });
    this.#settings.leaveUnlessInScope(this.#b);
    using scratch = this.#openScratch();
    this.#begin(scratch, first);
    first?.[Symbol.dispose]();
    this.#decide(scratch);
    this.#act(scratch);
    this.#readRest(scratch);
    const endsAlone = this.#isAlone && !this.#plan.keepsUnposted;
    const limits = { scratch, pidTgid: this.#pidTgid, alone: endsAlone ? this.#free : undefined };
    if (emitLimits(this.#b, this.#plan, limits))
      this.#jumpUnless(scratch, this.#selectors, this.#kept, this.#free);
    emitStacks(this.#b, scratch, this.#plan.stacks, ({ selectors, isOfReturn }, skip) =>
      this.#jumpUnless(scratch, selectors, isOfReturn ? this.#kept : RESULT.posted, skip),
    );
    this.#send(scratch);
    asm.label(this.#free);
    giveScratchBack(this.#b, scratch);
  }

  /** The scratch, which is this program's until it ends; ends the program when another one is at work there. */
  #openScratch(): HeldRegister {
    const b = this.#b;
    const onMissed = (): void => {
      countIn(b, POLICY_MAPS.missed);
      b.leave();
    };
    takeScratch(b, this.#settings.memory, { onNone: () => b.leaveIf("r0", "==", 0), onMissed });
    const scratch = b.asm.hold("scratch", "r7");
    b.asm.set(scratch, "r0");
    return scratch;
  }

  /** Nothing was read. What was decided cheaply is kept, of selectors behind the first that may hold decided now. */
  #begin(scratch: HeldRegister, first: HeldRegister | undefined): void {
    const { asm } = this.#b;
    asm.note("pid and tgid").call("get_current_pid_tgid").store(8, "r10", this.#pidTgid.slot, "r0");
    for (const { state, region } of this.#plan.readings) {
      asm.store(1, scratch, state, READING_STATE.unread);
      if (region !== undefined) asm.store(4, scratch, region.length, 0);
    }
    for (const { region } of this.#plan.stacks) asm.store(4, scratch, region.length, 0);
    for (const { index, result, cheap } of this.#selectors) {
      if (first === undefined) continue;
      const [fails, holds, done] = ["fails", "may_hold", "done"].map((stem) => asm.freshLabel(stem)) as [
        string,
        string,
        string,
      ];
      asm.note(`selector ${index}`).jumpIf(first, ">", index, fails);
      if (cheap.length > 0) asm.jumpIf(first, "==", index, holds);
      for (const condition of cheap) this.#conditions.test(condition, () => asm.jump(fails));
      asm.label(holds).store(1, scratch, result, RESULT.held).jump(done);
      asm.label(fails).store(1, scratch, result, 0).label(done);
    }
  }

  /** Reads what conditions look at, and decides. */
  #decide(scratch: HeldRegister): void {
    const { asm } = this.#b;
    for (const reading of this.#plan.readings) {
      const users = this.#selectors.filter(({ others }) =>
        others.some(({ readings }) => readings.includes(reading)),
      );
      if (users.length === 0) continue;
      const skip = asm.freshLabel("not_needed");
      this.#jumpUnless(scratch, users, RESULT.held, skip);
      const canFail = this.#reader.read(scratch, reading);
      for (const selector of users) this.#decideOn(scratch, reading, selector, canFail);
      asm.label(skip);
    }
  }

  #decideOn(scratch: HeldRegister, reading: Reading, selector: PlannedSelector, canFail: boolean): void {
    const { asm } = this.#b;
    const decided = selector.others.filter(({ readings }) => readings.at(-1) === reading);
    if (decided.length === 0) return;
    const done = asm.freshLabel("decided");
    const fails = (): void => this.#fail(scratch, selector, done);
    if (!this.#isAlone) asm.load(1, "r1", scratch, selector.result).jumpIf("r1", "==", 0, done);
    if (canFail) {
      const readable = asm.freshLabel("readable");
      asm.note("could it be read?").load(1, "r1", scratch, reading.state);
      asm.jumpIf("r1", "==", READING_STATE.read, readable);
      const failing = decided.find(({ condition }) => !holdsOnUnreadable(condition.operand));
      if (failing === undefined) asm.jump(done);
      else {
        this.#plan.counters.emit(this.#b, failing.counter);
        fails();
      }
      asm.label(readable);
    }
    for (const planned of decided) this.#conditions.test(planned, fails, scratch);
    asm.label(done);
  }

  /** A selector does not hold. */
  #fail(scratch: HeldRegister, { result }: PlannedSelector, done: string): void {
    if (this.#isAlone) this.#b.asm.jump(this.#free);
    else this.#b.asm.store(1, scratch, result, 0).jump(done);
  }

  /** Of each entry the first selector that holds acts. */
  #act(scratch: HeldRegister): void {
    readBeforeSet(this.#b, scratch, this.#plan, this.#reader);
    for (const entry of this.#plan.entries) this.#actFor(scratch, entry);
  }

  #actFor(scratch: HeldRegister, { entry, selectors, args }: PlannedEntry): void {
    const b = this.#b;
    const { asm } = b;
    const done = asm.freshLabel("acted");
    const active = asm.freshLabel("active");
    asm.note(`policy ${entry.policy.name}`).loadMapValue("r1", POLICY_MAPS.state, entry.position * 8);
    asm.load(8, "r1", "r1", 0).store(8, "r10", this.#state.slot, "r1").jumpIf("r1", "!=", 0, active);
    if (this.#isAlone) asm.jump(this.#free);
    else {
      for (const { result } of selectors) asm.store(1, scratch, result, 0);
      asm.jump(done);
    }
    asm.label(active);
    for (const [place, selector] of selectors.entries()) {
      const next = asm.freshLabel("next_selector");
      if (!this.#isAlone) asm.load(1, "r1", scratch, selector.result).jumpIf("r1", "==", 0, next);
      const count = (what: SelectorCount): void => this.#plan.counters.emit(b, selector.counts.get(what)!);
      count("held");
      const context = {
        builder: b,
        base: scratch,
        result: selector.result,
        state: this.#state,
        pidTgid: this.#pidTgid,
        override: this.#plan.override,
        enforcer: entry.enforcer,
        settings: this.#settings,
        socket: (position: number) => loadSocket(b, scratch, args[position]!, this.#reader),
        count,
      };
      emitActions(context, selector.actions);
      this.#conditions.record(selector);
      for (const { result } of selectors.slice(place + 1)) asm.store(1, scratch, result, 0);
      asm.jump(done).label(next);
    }
    asm.label(done);
  }

  /** The bit of selectors whose calls have a record: of those that only do something when the function returns, too. */
  get #kept(): number {
    return this.#plan.keepsUnposted ? RESULT.held : RESULT.posted;
  }

  /** Reads what events need and no condition did. Ends the program when there is no event. */
  #readRest(scratch: HeldRegister): void {
    const { asm } = this.#b;
    this.#jumpUnless(scratch, this.#selectors, this.#kept, this.#free, true);
    for (const reading of this.#plan.readings) {
      const users = this.#plan.entries
        .filter(({ args, data }) => args.includes(reading) || data.includes(reading))
        .flatMap(({ selectors }) => selectors);
      const skip = asm.freshLabel("not_needed");
      if (users.length < this.#selectors.length) this.#jumpUnless(scratch, users, RESULT.posted, skip);
      asm.load(1, "r1", scratch, reading.state).jumpIf("r1", "!=", READING_STATE.unread, skip);
      this.#reader.read(scratch, reading);
      asm.label(skip);
    }
  }

  /** Jumps unless one of the selectors has a bit in its byte. */
  #jumpUnless(
    scratch: HeldRegister,
    selectors: readonly PlannedSelector[],
    bit: number,
    label: string,
    isAsked = !this.#isAlone,
  ): void {
    if (!isAsked) return;
    const { asm } = this.#b;
    const needed = asm.freshLabel("needed");
    for (const { result } of selectors) asm.load(1, "r1", scratch, result).jumpIf("r1", "&", bit, needed);
    asm.jump(label).label(needed);
  }

  /** Sends the record, or keeps it until the function returns. */
  #send(scratch: HeldRegister): void {
    const b = this.#b;
    const { layout, maps, kind, hook, waiting } = this.#settings;
    if (!this.#plan.point.hasReturn) countPosts(b, this.#plan.counters, this.#selectors, scratch);
    this.#reader.sendRest(scratch, this.#plan.readings, { maps, kind, pidTgid: this.#pidTgid });
    const record = writeRecord(b, this.#plan, { layout, maps, scratch, kind, hook, pidTgid: this.#pidTgid });
    if (this.#plan.hash !== undefined) {
      record.keep(waiting, callKey(b as CallBuilder, this.#plan, this.#pidTgid), "length");
      leaveDecision(b, this.#plan);
      return;
    }
    if (!this.#plan.point.hasReturn) {
      record.output(() => countPosts(b, this.#plan.counters, this.#selectors, scratch, "lost"));
      return;
    }
    record.keep(waiting, callKey(b as CallBuilder, this.#plan, this.#pidTgid), "length");
    this.#plan.counters.emit(b, this.#plan.waits!.begun);
  }
}
