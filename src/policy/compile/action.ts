/** @module What is done where a selector holds. */

import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { Pointer, ProbeProgramBuilder, ProgramBuilder, Scalar } from "../../kernel/program/index.ts";
import { TetradError } from "../../os/error.ts";
import type { Action } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";
import { emitCleanup, emitNotification, type Notification } from "./enforcer.ts";
import { emitDecision, emitNote, emitReturn, type OverrideWay } from "./override.ts";
import { RESULT, type SelectorCount } from "./plan.ts";
import { ENTRY_STATE } from "./scratch.ts";
import { emitTracking } from "./socket-owner.ts";
import { usdtArgument, writeUsdtArgument } from "./usdt-source.ts";

/** The process that holds the policies. */
export interface OwnProcess {
  /** Its number in {@link namespace}. */
  readonly pid: number;
  /** Inode number of its PID namespace; `undefined` for the host's. */
  readonly namespace?: number | undefined;
  /** Nanoseconds of `CLOCK_BOOTTIME`, cut to {@link START_UNIT}. */
  readonly startTime: bigint;
}

/** Nanoseconds: what procfs says of the start of a process is a number of these. */
export const START_UNIT = 10_000_000;

/** What all actions of a program have in common. */
export interface ActionSettings {
  /** The program's number. */
  readonly hook: number;
  /** Where it runs. */
  readonly point: AttachPoint;
  /** Whom signals and overrides spare; `undefined` for nobody. */
  readonly agent: OwnProcess | undefined;
}

/** Where actions are carried out. */
export interface ActionContext {
  readonly builder: ProgramBuilder;
  /** What {@link result} is an offset of. */
  readonly base: HeldRegister;
  /** A byte, a sum of {@link RESULT}. */
  readonly result: number;
  /** The entry's state: one of {@link ENTRY_STATE}. */
  readonly state: Scalar;
  /** Thread and process. */
  readonly pidTgid: Scalar;
  /** How the place can be overridden; `undefined` where nothing does. */
  readonly override: OverrideWay | undefined;
  /** The number of the policy's enforcers; `undefined` where it has none. */
  readonly enforcer: number | undefined;
  readonly settings: ActionSettings;
  /** Puts the address of the socket that argument `position` is into a slot: 0 where it is none. */
  readonly socket: (position: number) => Scalar;
  /** Counts something of the selector. */
  readonly count: (what: SelectorCount) => void;
}

/** Adds the code of a list of actions. An empty one posts. Uses `r0` to `r5`. */
export function emitActions(context: ActionContext, actions: readonly Action[]): void {
  const isPosted = !actions.some(({ action }) => action === "NoPost");
  addResult(context, isPosted ? RESULT.held | RESULT.posted : RESULT.held, true);
  for (const action of actions) emitAction(context, action);
}

function emitAction(context: ActionContext, action: Action): void {
  switch (action.action) {
    case "Post":
      // What is limited is decided once all of the event is known.
      return;
    case "GetUrl":
    case "DnsLookup":
      // The agent asks once it has the event.
      return;
    case "NoPost":
      context.count("nopost");
      return;
    case "Override":
      emitOverride(context, action.error);
      return;
    case "Signal":
      emitSignal(context, action.signal);
      return;
    case "TrackSock":
    case "UntrackSock":
      emitTracking(context.builder, action.action, context.socket(action.position), context.pidTgid);
      return;
    case "NotifyEnforcer":
      emitNotify(context, action);
      return;
    case "CleanupEnforcerNotification":
      emitCleanup(context.builder, context.pidTgid, enforcerOf(context));
      return;
    case "Set":
      emitSet(context, action);
      return;
  }
}

/** What is done where a policy enforces; one that only monitors says that it would have been. */
interface Enforcing {
  readonly note: string;
  readonly count: "signal" | "override" | "notify_enforcer" | "set";
  readonly result: number;
  /** What `r0` other than 0 means afterwards. @default it cannot fail */
  readonly failure?: number;
  readonly sparesAgent: boolean;
}

function emitEnforcing(
  context: ActionContext,
  { note, count, result, failure, sparesAgent }: Enforcing,
  act: () => void,
): void {
  const { asm } = context.builder;
  const monitored = asm.freshLabel("monitored");
  const failed = failure === undefined ? undefined : asm.freshLabel("failed");
  const done = asm.freshLabel("done");
  if (sparesAgent) spareAgent(context, monitored);
  asm.note(note).load(8, "r1", "r10", context.state.slot);
  asm.jumpIf("r1", "!=", ENTRY_STATE.enforce, monitored);
  act();
  if (failed !== undefined) asm.jumpIf("r0", "!=", 0, failed);
  addResult(context, result);
  context.count(count);
  asm.jump(done);
  if (failed !== undefined) {
    asm.label(failed);
    addResult(context, failure!);
    asm.jump(done);
  }
  asm.label(monitored);
  addResult(context, RESULT.monitored);
  context.count(`monitor_${count}`);
  asm.label(done);
}

/** Sends a signal to the process. */
function emitSignal(context: ActionContext, signal: number): void {
  const [note, result, failure] = [`signal ${signal}`, RESULT.signalled, RESULT.signalFailed];
  emitEnforcing(context, { note, count: "signal", result, failure, sparesAgent: true }, () => {
    context.builder.asm.set("r1", signal).call("send_signal");
  });
}

/** Changes an argument of a static tracepoint, which is in the program's memory. */
function emitSet(context: ActionContext, { index, value }: Extract<Action, { action: "Set" }>): void {
  const { builder, settings } = context;
  const [note, result, failure] = [`set ${index}`, RESULT.overridden, RESULT.setFailed];
  emitEnforcing(context, { note, count: "set", result, failure, sparesAgent: false }, () =>
    writeUsdtArgument(builder as ProbeProgramBuilder, usdtArgument(settings.point, index), value),
  );
}

/** Has the caller get an error. */
function emitOverride(context: ActionContext, error: number): void {
  const { builder: b, override, pidTgid, settings } = context;
  const [note, result] = [`override ${error}`, RESULT.overridden];
  emitEnforcing(context, { note, count: "override", result, sparesAgent: true }, () => {
    if (override === "fmod_ret") emitNote(b, pidTgid, settings.hook, error);
    else if (override === "decision") emitDecision(b, error);
    else if (override === "registers") emitReturn(b as ProbeProgramBuilder, settings.point, error);
    else b.asm.set("r1", b.context).set("r2", error).call("override_return");
  });
}

/** Has an enforced function that is called next send a signal, or return an error. */
function emitNotify(context: ActionContext, notification: Notification): void {
  const { builder: b, pidTgid } = context;
  const [note, result] = ["notify enforcer", RESULT.notified];
  emitEnforcing(context, { note, count: "notify_enforcer", result, sparesAgent: true }, () => {
    const onMissed = () => context.count("missed_notification");
    emitNotification(b, { pidTgid, enforcer: enforcerOf(context), onMissed }, notification);
  });
}

function enforcerOf({ enforcer }: ActionContext): number {
  if (enforcer !== undefined) return enforcer;
  throw new TetradError("unsupported", "Cannot notify an enforcer: the policy has none");
}

/**
 * Goes on at `spared` in the agent itself, with which all policies would end. Programs may outlive it: who has its number later began
 * later.
 */
function spareAgent({ builder: b, pidTgid, settings: { agent } }: ActionContext, spared: string): void {
  if (agent === undefined) return;
  const { asm } = b;
  const other = asm.freshLabel("not_the_agent");
  const { pid, startTime, namespace } = agent;
  asm.note("the agent itself?");
  if (namespace === undefined) {
    b.loadSlot("r1", pidTgid);
    asm.alu("r1", ">>=", 32).jumpIf("r1", "!=", pid, other);
  }
  b.loadSlot("r1", b.scalar(b.currentTask("task"), "group_leader.start_boottime", "start time"));
  asm.setWide("r2", startTime).alu("r1", "-=", "r2");
  if (namespace === undefined) asm.jumpIf("r1", "<", START_UNIT, spared);
  else {
    asm.jumpIf("r1", ">=", START_UNIT, other);
    const number = innermostNumber(b);
    b.loadSlot("r1", b.scalar(number, "nr", "number in its namespace"));
    asm.jumpIf("r1", "!=", pid, other);
    b.loadSlot("r1", b.scalar(b.follow(number, "ns", "PID namespace"), "ns.inum", "number of its namespace"));
    asm.setWide("r2", BigInt(namespace)).jumpIf("r1", "==", "r2", spared);
  }
  asm.label(other);
}

/** The `upid` of the process in its own PID namespace. */
function innermostNumber(b: ProgramBuilder): Pointer {
  const leader = b.follow(b.currentTask("task"), "group_leader", "group leader");
  const pid = b.address(leader, "thread_pid", "pid");
  return b.element(pid, "numbers", b.scalar(pid, "level", "level"), "upid");
}

function addResult({ builder: { asm }, base, result }: ActionContext, bits: number, isFirst = false): void {
  if (isFirst) asm.store(1, base, result, bits);
  else asm.load(1, "r1", base, result).alu("r1", "|=", bits).store(1, base, result, "r1");
}
