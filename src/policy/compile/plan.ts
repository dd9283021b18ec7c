/** @module What a program is to do, before it is written: which arguments are read, what decides about which selector. */
import { TetradError } from "../../os/error.ts";
import type { TaskCondition, WorkloadCondition } from "../condition/process/index.ts";
import type { HashedArgument } from "../file-hash.ts";
import type { Action, Condition, Hook, Policy, Selector, ValueCondition } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";
import { Counters } from "./counter.ts";
import { planHash } from "./file-hash.ts";
import { type OverrideWay, overrideWay } from "./override.ts";
import { type Reading, Readings, type WayStarts } from "./reading.ts";
import { type Returned, ReturnedValues } from "./returned.ts";
import { Scratch } from "./scratch.ts";
import { type PlannedStack, planStacks } from "./stack-trace.ts";
import { isInRegister } from "./value-source.ts";

/** A hook of a policy, at one place. */
export interface PolicyEntry {
  readonly policy: Policy;
  readonly hook: Hook;
  /** By place of the program: of a list each function has a hook of its own, which says the same as {@link hook} of it. */
  readonly hooks: readonly Hook[];
  /** Position among the entries of all policies: of its state, which says whether it acts. */
  readonly position: number;
  /** The number of the policy's enforcers. @default it has none */
  readonly enforcer?: number | undefined;
}

/** A condition, and the counter of how often it was what did not hold. */
export interface PlannedCondition<C extends Condition | TaskCondition = Condition | TaskCondition> {
  readonly condition: C;
  /** What it looks at; nothing of one on the process. */
  readonly readings: readonly Reading[];
  readonly counter: number;
}

/** What is counted of a selector, under Tetragon's names for what was done. */
export type SelectorCount =
  | "held"
  | "post"
  /** Its event found no room in the ring. */
  | "lost"
  | "nopost"
  | "signal"
  | "monitor_signal"
  | "override"
  | "monitor_override"
  | "notify_enforcer"
  | "monitor_notify_enforcer"
  /** An enforcer's note that no function took before the next one. */
  | "missed_notification"
  | "set"
  | "monitor_set";

/** Positions of counters; what a selector never does has none. */
export type SelectorCounts = ReadonlyMap<SelectorCount, number>;

/** A selector. A hook without selectors has one that asks for nothing. */
export interface PlannedSelector {
  /** Position among the program's. */
  readonly index: number;
  readonly actions: readonly Action[];
  readonly returnActions: readonly Action[];
  readonly returnConditions: readonly PlannedCondition<ValueCondition>[];
  /** Where in the scratch its byte is: whether it may still hold, and then a sum of {@link RESULT}. */
  readonly result: number;
  /** Decided where the arguments lie, and of the process, before anything is copied. */
  readonly cheap: readonly PlannedCondition[];
  /** Decided when their last argument has been read. */
  readonly others: readonly PlannedCondition<ValueCondition>[];
  /** Its counters. */
  readonly counts: SelectorCounts;
}

/** What was done for a selector, a byte in the record. */
export const RESULT = {
  /** It holds, or may still do so. */
  held: 1 << 0,
  signalled: 1 << 1,
  signalFailed: 1 << 2,
  overridden: 1 << 3,
  /** An argument could not be set; one that was is overridden. */
  setFailed: 1 << 6,
  /** Its policy is in the mode `monitor`: nothing was carried out. */
  monitored: 1 << 4,
  /** An enforcer has a note. */
  notified: 1 << 5,
  /** The event is posted. */
  posted: 1 << 7,
} as const;

/** An entry. */
export interface PlannedEntry {
  readonly entry: PolicyEntry;
  readonly selectors: readonly PlannedSelector[];
  readonly args: readonly Reading[];
  readonly data: readonly Reading[];
  /** What it makes of the value that the function returns. */
  readonly returned: Returned | undefined;
}

/** A program. */
export interface Plan {
  /** Where it is attached; of several places the first one. */
  readonly point: AttachPoint;
  /** Places that it is attached to. */
  readonly placeCount: number;
  readonly entries: readonly PlannedEntry[];
  readonly readings: readonly Reading[];
  /** What entries make of the value that the function returns. */
  readonly returned: readonly Returned[];
  /** Whether a call that is not posted has something to do where it returns. */
  readonly keepsUnposted: boolean;
  readonly stacks: readonly PlannedStack<PlannedSelector>[];
  /** What is hashed for events; `undefined` where no selector asks for it. */
  readonly hash: HashedArgument | undefined;
  readonly scratch: Scratch;
  readonly counters: Counters;
  /** The counters whose sum is how often the program ran. */
  readonly asked: readonly number[];
  /** That of them which counts calls that got past the first condition. */
  readonly passed: number;
  /** Counters of calls whose record waits for the return: how many began to, and how many came to their end. */
  readonly waits: { readonly begun: number; readonly ended: number } | undefined;
  /** How the place is overridden; `undefined` where no selector does that. */
  readonly override: OverrideWay | undefined;
}

/** What {@link planProgram} asks. */
export interface PlanSettings {
  readonly starts: WayStarts;
  /** Name of the array of the program's counters. */
  readonly counterMap: string;
  /** Whether the kernel has `bpf_override_return`. */
  readonly hasOverrideReturn: boolean;
  /** Processors that may ever be. */
  readonly cpuCount: number;
}

/**
 * Plans the program of the entries that meet at a place.
 * @throws TetradError `unsupported` for what cannot be compiled.
 */
export function planProgram(
  point: AttachPoint,
  entries: readonly PolicyEntry[],
  { starts, counterMap, hasOverrideReturn, cpuCount }: PlanSettings,
): Plan {
  const scratch = new Scratch();
  const readings = new Readings(scratch, starts);
  const returned = new ReturnedValues();
  const placeCount = entries[0]!.hooks.length;
  const counters = new Counters(counterMap, placeCount, cpuCount);
  const passed = counters.add();
  const waits = point.hasReturn ? { begun: counters.add(), ended: counters.add() } : undefined;
  let selectorCount = 0;
  const planned = entries.map((entry): PlannedEntry => {
    const { hook, policy } = entry;
    refuseUnsupported(hook);
    const args = hook.args.map((argument) => readings.of(argument, hook.target));
    const data = hook.data.map((argument) => readings.of(argument, hook.target));
    const planValue = (condition: ValueCondition): PlannedCondition<ValueCondition> => {
      const from = condition.kind === "data" ? data : args;
      const used = condition.kind === "return" ? [] : condition.positions.map((position) => from[position]!);
      return { condition, readings: used, counter: counters.add() };
    };
    const plan = (selector: Selector | undefined): PlannedSelector => {
      const conditions = selector?.conditions ?? [];
      const values = conditions.filter((condition) => "positions" in condition).map(planValue);
      const ofProcess = [...workloadConditions(policy, selector), ...conditions]
        .filter((condition): condition is TaskCondition => !("positions" in condition))
        .map((condition) => ({ condition, readings: [], counter: counters.add() }))
        .sort((one, other) => COSTS[one.condition.kind] - COSTS[other.condition.kind]);
      return {
        index: selectorCount++,
        actions: selector?.actions ?? [],
        returnActions: selector?.returnActions ?? [],
        returnConditions: (selector?.returnConditions ?? []).map(planValue),
        result: scratch.field(1),
        cheap: [...values.filter((planned) => isCheap(planned, point)), ...ofProcess],
        others: values.filter((planned) => !isCheap(planned, point)),
        counts: countsOf(selector, counters),
      };
    };
    const selectors = hook.selectors.length === 0 ? [undefined] : hook.selectors;
    const ofReturn = point.hasReturn ? returned.of(hook.returnValue) : undefined;
    return { entry, selectors: selectors.map(plan), args, data, returned: ofReturn };
  });
  const first = planned[0]?.selectors[0]?.cheap[0];
  return {
    point,
    placeCount,
    entries: planned,
    readings: readings.all,
    returned: returned.all,
    stacks: planStacks(
      point,
      planned.flatMap(({ selectors }) => selectors),
      scratch,
    ),
    hash: planHash(
      point,
      planned.flatMap(({ selectors }) => selectors),
    ),
    keepsUnposted: point.hasReturn && planned.some(hasReturnWork),
    scratch,
    counters,
    asked: first === undefined ? [passed] : [first.counter, passed],
    passed,
    waits,
    override: overrides(planned) ? overrideWay(point, hasOverrideReturn) : undefined,
  };
}

function hasReturnWork({ entry: { hook }, selectors }: PlannedEntry): boolean {
  return hook.returnSock !== undefined || selectors.some(({ returnActions }) => returnActions.length > 0);
}

function overrides(entries: readonly PlannedEntry[]): boolean {
  return entries.some(({ selectors }) =>
    selectors.some(({ actions }) => actions.some(({ action }) => action === "Override")),
  );
}

/** What conditions on the process cost: a call of a helper, a look-up, a way through structs, all of them. */
const COSTS: Readonly<Record<TaskCondition["kind"], number>> = {
  pid: 0,
  workload: 1,
  binary: 1,
  "command-argument": 1,
  namespace: 2,
  capability: 2,
  "namespace-change": 3,
  "capability-change": 3,
};

/** Integers are looked at where they lie. */
function isCheap({ readings }: PlannedCondition, point: AttachPoint): boolean {
  return readings.every(
    ({ argument: { source, resolve }, reader: { inPlace } }) =>
      resolve === undefined && inPlace !== undefined && isInRegister(point, source, inPlace.size),
  );
}

/** The workloads that a policy and a selector of it are for, as conditions. */
function workloadConditions(
  { workload: ofPolicy }: Policy,
  selector: Selector | undefined,
): WorkloadCondition[] {
  return [ofPolicy, selector?.workload]
    .filter((each) => each !== undefined)
    .map((each) => ({ kind: "workload", isNegated: false, selector: each }));
}

/** What actions are counted as. */
const COUNTED: Readonly<Partial<Record<Action["action"], readonly SelectorCount[]>>> = {
  NoPost: ["nopost"],
  Signal: ["signal", "monitor_signal"],
  Override: ["override", "monitor_override"],
  NotifyEnforcer: ["notify_enforcer", "monitor_notify_enforcer", "missed_notification"],
  Set: ["set", "monitor_set"],
};

function countsOf(selector: Selector | undefined, counters: Counters): SelectorCounts {
  const actions = [...(selector?.actions ?? []), ...(selector?.returnActions ?? [])];
  const names = new Set<SelectorCount>([
    "held",
    "post",
    "lost",
    ...actions.flatMap(({ action }) => COUNTED[action] ?? []),
  ]);
  return new Map([...names].map((name) => [name, counters.add()]));
}

/** What would be lost if it were passed over is refused. @throws TetradError `unsupported` */
function refuseUnsupported({ returnValue }: Hook): void {
  if (returnValue?.resolve !== undefined)
    throw new TetradError("unsupported", "Cannot compile resolve of what is returned yet");
}
