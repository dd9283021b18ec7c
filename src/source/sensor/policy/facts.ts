/** @module What there is to say of a loaded policy: what its hooks are on, how often its selectors held, what was done. */
import type { AttachPoint, PlannedSelector } from "../../../policy/compile/index.ts";
import type { Hook, HookSection, Policy } from "../../../policy/policy.ts";
import type {
  HookStatus,
  LoadedFacts,
  ProgramMisses,
  ProgramOverhead,
  SelectorStatus,
} from "../../../policy/registry/index.ts";
import { isInContainers } from "../../../policy/user-target.ts";
import { anyOf } from "./fact-marks.ts";
import type { InstalledHook } from "./installed-hook.ts";
import { type MarksOf, markedValues } from "./marked-values.ts";
import { targetName } from "./places.ts";
import type { ProcessTracking } from "./process-tracking.ts";

/** Tetragon's names for what hooks of a section are on. */
const KINDS: Readonly<Record<HookSection, string>> = {
  kprobes: "kprobe",
  fentries: "fentry",
  tracepoints: "tracepoint",
  lsmhooks: "lsm",
  uprobes: "uprobe",
  usdts: "usdt",
  loader: "loader",
};

const NANOSECONDS = 1e9;

/** A hook of a policy at one place. */
interface Place {
  readonly hook: Hook;
  readonly installed: InstalledHook;
  /** Among those of its program. */
  readonly place: number;
  readonly selectors: readonly PlannedSelector[];
}

/** What is known of a policy beside its programs. */
export interface PolicyCounts {
  /** What is counted of its events. */
  readonly events: Pick<LoadedFacts, "stacks" | "requests">;
  /** Knows which values of conditions on the process have matched. */
  readonly process: Pick<ProcessTracking, "marks">;
}

/** What the kernel holds of a policy. @param installed What it holds of all policies. */
export function loadedFacts(
  policy: Policy,
  installed: readonly InstalledHook[],
  { events, process }: PolicyCounts,
): LoadedFacts {
  const places = installed.flatMap((hook): Place[] =>
    hook.compiled.plan.entries
      .filter(({ entry }) => entry.policy === policy)
      .flatMap(({ entry, selectors }) =>
        entry.hooks.map((each, place) => ({ hook: each, installed: hook, place, selectors })),
      ),
  );
  const byHook = Map.groupBy(places, ({ hook }) => hook);
  const own = [...new Set(places.map((place) => place.installed))];
  return {
    hooks: policy.hooks.map((hook) => hookStatus(hook, byHook.get(hook))),
    selectors: [...byHook].flatMap(([hook, places]) => selectorStatuses(hook, places, process)),
    misses: own.map(missesOf),
    overhead: own.map((hook) => overheadOf(hook, policy)),
    kernelMemory: own.reduce((sum, hook) => sum + Math.round(hook.memory / policiesAt(hook)), 0),
    ...events,
  };
}

function hookStatus(hook: Hook, places: readonly Place[] = []): HookStatus {
  const { section, index, target } = hook;
  const first = pointOf(places[0]);
  const isInProgram = target.kind === "uprobe" || target.kind === "usdt";
  const named = targetName(target);
  const isRejected = isInProgram && !isInContainers(hook);
  const state = first !== undefined ? "loaded" : isRejected ? "digest_rejected" : "call_not_found";
  return { section, index, state, description: first === undefined ? named : placeName(first) };
}

/** Of a system call with several ways in, the sums. */
function selectorStatuses(
  hook: Hook,
  places: readonly Place[],
  process: PolicyCounts["process"],
): SelectorStatus[] {
  const marksOf: MarksOf = (condition, operand) =>
    "positions" in condition
      ? places.map(({ installed }) => installed.marks(operand)).reduce((one, other) => anyOf(one, other))
      : process.marks(condition);
  const { section, index: hookIndex } = hook;
  const [first] = places;
  const name = `${KINDS[section]}:${placeName(pointOf(first)!)}`;
  return first!.selectors.map((selector, index) => {
    const sum = (counterOf: (selector: PlannedSelector) => number | undefined): number =>
      places.reduce((total, { installed, place, selectors }) => {
        const counter = counterOf(selectors[index]!);
        return counter === undefined ? total : total + installed.count(counter, place);
      }, 0);
    const names = [...selector.counts.keys()];
    const marked = markedValues(selector, marksOf);
    return {
      hook: name,
      hookIndex,
      index,
      label: hook.selectors[index]?.label ?? "",
      asked: places.reduce((total, { installed, place }) => total + installed.asked(place), 0),
      counts: Object.fromEntries(names.map((what) => [what, sum(({ counts }) => counts.get(what))])),
      failed: [
        ...selector.cheap.map((_, at) => sum(({ cheap }) => cheap[at]?.counter)),
        ...selector.others.map((_, at) => sum(({ others }) => others[at]?.counter)),
      ],
      ...(marked.length === 0 ? {} : { marked }),
    };
  });
}

function pointOf(place: Place | undefined): AttachPoint | undefined {
  return place?.installed.compiled.points[place.place];
}

function placeName({ subsystem, name }: AttachPoint): string {
  return subsystem === "" ? name : `${subsystem}/${name}`;
}

function policiesAt({ compiled }: InstalledHook): number {
  return new Set(compiled.plan.entries.map(({ entry }) => entry.policy)).size;
}

function missesOf(hook: InstalledHook): ProgramMisses {
  return {
    attach: attachName(hook),
    count: hook.misses,
    linkCount: hook.linkMisses,
    forgotten: hook.forgotten,
  };
}

function overheadOf(hook: InstalledHook, policy: Policy): ProgramOverhead {
  const { section } = hook.compiled.plan.entries.find(({ entry }) => entry.policy === policy)!.entry.hook;
  const { count, nanoseconds } = hook.runs;
  const all = policiesAt(hook);
  const seconds = nanoseconds / NANOSECONDS / all;
  return { attach: attachName(hook), kind: KINDS[section], section, runs: Math.round(count / all), seconds };
}

function attachName({ compiled }: InstalledHook): string {
  const [first, ...others] = compiled.points;
  const name = placeName(first!);
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}
