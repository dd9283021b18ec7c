/**
 * @module The sections of hooks, as data: what may stand in each. A section that the agent learns to load gets its targets
 * in `HookTarget`, and `isLoaded`.
 */
import type { ListedSection } from "../../policy.ts";
import type { ActionName } from "../schema/action.ts";

/** What may stand in a hook of a section. */
export interface SectionRules {
  /** How one hook is called. */
  readonly noun: string;
  /** Whether this version can load it. */
  readonly isLoaded: boolean;
  /** Largest `index` of an argument. */
  readonly lastIndex: number;
  readonly hasReturnFilters: boolean;
  readonly actions: readonly ActionName[];
  /** Arguments may be without type where `resolve` finds it. */
  readonly isTypeFoundByResolve: boolean;
}

const EVERYWHERE: readonly ActionName[] = ["Post", "NoPost", "Sigkill", "Signal"];
const NOTIFY: readonly ActionName[] = [
  "GetUrl",
  "DnsLookup",
  "NotifyEnforcer",
  "CleanupEnforcerNotification",
];
/** Of Linux: a format file may have more fields than any prototype has arguments. */
const MAX_FIELD = 127;

/** By the names in `spec`. */
export const SECTIONS: Readonly<Record<ListedSection, SectionRules>> = {
  kprobes: {
    noun: "a kprobe",
    isLoaded: true,
    lastIndex: 4,
    hasReturnFilters: true,
    actions: [...EVERYWHERE, "Override", "TrackSock", "UntrackSock", ...NOTIFY],
    isTypeFoundByResolve: false,
  },
  fentries: {
    noun: "an fentry",
    isLoaded: true,
    lastIndex: 4,
    hasReturnFilters: true,
    actions: ["Post", "NoPost"],
    isTypeFoundByResolve: false,
  },
  tracepoints: {
    noun: "a tracepoint",
    isLoaded: true,
    lastIndex: MAX_FIELD,
    hasReturnFilters: false,
    actions: [...EVERYWHERE, ...NOTIFY],
    isTypeFoundByResolve: false,
  },
  lsmhooks: {
    noun: "an LSM hook",
    isLoaded: true,
    lastIndex: 4,
    hasReturnFilters: false,
    actions: [...EVERYWHERE, "Override"],
    isTypeFoundByResolve: true,
  },
  uprobes: {
    noun: "a uprobe",
    isLoaded: true,
    lastIndex: 4,
    hasReturnFilters: true,
    actions: [...EVERYWHERE, "Override"],
    isTypeFoundByResolve: false,
  },
  usdts: {
    noun: "a USDT probe",
    isLoaded: true,
    lastIndex: 4,
    hasReturnFilters: false,
    actions: [...EVERYWHERE, "Set"],
    isTypeFoundByResolve: false,
  },
};

/** Last argument of a raw tracepoint. */
export const LAST_RAW_INDEX = 5;
/** Arguments and data of one hook. */
export const MAX_ARGUMENTS = 5;
