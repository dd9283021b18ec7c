/** @module The flags of `tetrad getevents`: those of `tetra getevents`. */
import type { FlagTable, FlagValues } from "../../config/flags.ts";
import { boolean, choice, duration, list, text } from "../../config/kind.ts";
import { EventType } from "../../event/description/index.ts";
import { API_FLAGS } from "../api/flags.ts";
import { HELP_FLAG } from "../command.ts";

const EVENT_TYPES = Object.keys(EventType).filter((name) => name !== "UNDEF");

/** What is wanted of which events. */
const FILTER_FLAGS = {
  process: {
    placeholder: "REGEX,...",
    kind: list(),
    default: "",
    description: "Only events of processes whose binary matches one of these.",
  },
  pod: {
    placeholder: "REGEX,...",
    kind: list(),
    default: "",
    description: "Only events of pods whose name matches one of these.",
  },
  namespace: {
    placeholder: "NAME,...",
    kind: list(),
    default: "",
    shorthand: "n",
    description: "Only events of these Kubernetes namespaces.",
  },
  "namespace-regex": {
    placeholder: "REGEX,...",
    kind: list(),
    default: "",
    description: "Only events of Kubernetes namespaces that match one of these.",
  },
  host: {
    kind: boolean(),
    default: "false",
    description: "Only events of processes outside of any pod; with --namespace, those as well.",
  },
  "event-types": {
    placeholder: "TYPE,...",
    kind: list(`some of ${EVENT_TYPES.join(", ")}`, (type) => EVENT_TYPES.includes(type), {
      values: EVENT_TYPES,
    }),
    default: "",
    shorthand: "e",
    description: "Only events of these types, as in PROCESS_EXEC,PROCESS_EXIT.",
  },
  "policy-names": {
    placeholder: "NAME,...",
    kind: list(),
    default: "",
    description: "Only events of these tracing policies.",
  },
  "cel-expression": {
    placeholder: "EXPRESSION",
    kind: list("CEL expressions", undefined, { isItem: true }),
    default: "",
    description:
      "Only events of which one of these CEL expressions is true. Its commas are its own: repeat the flag for several.",
  },
  "include-fields": {
    placeholder: "PATH,...",
    kind: list(),
    default: "",
    shorthand: "f",
    description: "Only these fields of events, as in process,parent.pod.",
  },
  "exclude-fields": {
    placeholder: "PATH,...",
    kind: list(),
    default: "",
    shorthand: "F",
    description: "All but these fields of events.",
  },
  processes: { placeholder: "REGEX,...", kind: list(), default: "", description: "The same as --process." },
  pods: { placeholder: "REGEX,...", kind: list(), default: "", description: "The same as --pod." },
  namespaces: {
    placeholder: "NAME,...",
    kind: list(),
    default: "",
    description: "The same as --namespace.",
  },
} as const satisfies FlagTable;

/** How events are shown. */
const OUTPUT_FLAGS = {
  output: {
    placeholder: "FORM",
    kind: choice(["json", "compact"]),
    default: "json",
    shorthand: "o",
    description: "json: an event a line, as Tetragon writes them to files. compact: a short line for people.",
  },
  color: {
    placeholder: "WHEN",
    kind: choice(["auto", "always", "never"]),
    default: "auto",
    description: "Colours in compact output. auto: on a terminal that has them.",
  },
  timestamps: {
    kind: boolean(),
    default: "false",
    description: "Begin each line of compact output with the time.",
  },
  "stack-traces": {
    kind: boolean(),
    default: "true",
    description: "Print stack traces in compact output.",
  },
  "ima-hash": {
    kind: boolean(),
    default: "true",
    description: "Print hashes of IMA in compact output.",
  },
  "tty-encode": {
    placeholder: "PATH",
    kind: text(),
    default: "",
    shorthand: "t",
    description:
      "Print nothing but what was written to this terminal, as process_kprobe events with its path and bytes have it. On a terminal, control characters are shown and not obeyed.",
  },
} as const satisfies FlagTable;

export const GET_EVENTS_FLAGS = {
  ...OUTPUT_FLAGS,
  ...FILTER_FLAGS,
  reconnect: {
    kind: boolean(),
    default: "false",
    description: "Connect again whenever the stream ends, for whatever reason.",
  },
  "reconnect-wait": {
    placeholder: "DURATION",
    kind: duration({ min: 1 }),
    default: "2s",
    description: "How long --reconnect waits in between.",
  },
  ...API_FLAGS,
  ...HELP_FLAG,
} as const satisfies FlagTable;

/** Values of {@link GET_EVENTS_FLAGS}. */
export type GetEventsValues = FlagValues<typeof GET_EVENTS_FLAGS>;
