/** @module What the definitions for API servers refuse. */
import { kprobe } from "./support.ts";

const INT = "{index: 0, type: int}";
const hook = (text: string) => `kprobes:\n- {call: tcp_connect, syscall: false, ${text}}\n`;
const action = (text: string) => kprobe(INT, `matchActions: [{${text}}]`);
const many = (count: number, item: string) => Array.from({ length: count }, () => item).join(", ");

/** Documents that an API server and the reader refuse, each for one reason. */
export const REFUSED: readonly (readonly [what: string, spec: string])[] = [
  ["an unknown field", hook("foo: 1")],
  ["an unknown type", hook("args: [{index: 0, type: foo}]")],
  ["six arguments", hook(`args: [${many(6, INT)}]`)],
  [
    "five arguments and a datum",
    hook(`args: [${many(5, INT)}], data: [{index: 0, type: string, source: current_task, resolve: comm}]`),
  ],
  ["a negative index", hook("args: [{index: -1, type: int}]")],
  ["an argument with a source", hook("args: [{index: 0, type: int, source: current_task}]")],
  ["a datum without a source", hook("data: [{index: 0, type: string, resolve: comm}]")],
  ["a datum without resolve", hook("data: [{index: 0, type: string, source: current_task}]")],
  ["btfType without resolve", hook("args: [{index: 0, type: int, btfType: sock}]")],
  ["btfTypeModule without btfType", hook("args: [{index: 0, type: int, btfTypeModule: m, resolve: a}]")],
  ["sizeArgIndex 0", hook("args: [{index: 0, type: char_buf, sizeArgIndex: 0}]")],
  ["an unknown operator", kprobe(INT, 'matchArgs: [{index: 0, operator: eq, values: ["1"]}]')],
  ["an operator without values", kprobe(INT, "matchArgs: [{index: 0, operator: Equal}]")],
  [
    "a negated one with an empty list",
    kprobe(INT, "matchArgs: [{index: 0, operator: NotEqual, values: []}]"),
  ],
  ["args and index", kprobe(INT, 'matchArgs: [{index: 0, args: [0], operator: Equal, values: ["1"]}]')],
  ["a number that is no text", kprobe(INT, "matchArgs: [{index: 0, operator: Equal, values: [1]}]")],
  ["no PIDs", kprobe(INT, "matchPIDs: [{operator: NotIn, values: []}]")],
  ["no binaries", kprobe(INT, "matchBinaries: [{operator: In, values: []}]")],
  ["an unknown action", action("action: Kill")],
  [
    "an action of another section",
    "lsmhooks: [{hook: f, selectors: [{matchActions: [{action: GetUrl}]}]}]\n",
  ],
  ["rateLimit with Sigkill", action("action: Sigkill, rateLimit: 1m")],
  ["a stack trace with Sigkill", action("action: Sigkill, kernelStackTrace: true")],
  ["Signal without a number", action("action: Signal")],
  ["a signal that there is not", action("action: Signal, argSig: 65")],
  ["return without returnArg", hook("return: true")],
  [
    "matchReturnArgs without return",
    kprobe(INT, 'matchReturnArgs: [{index: 0, operator: Equal, values: ["0"]}]'),
  ],
  [
    "matchReturnArgs of a tracepoint",
    'tracepoints: [{subsystem: s, event: e, selectors: [{matchReturnArgs: [{index: 0, operator: Equal, values: ["0"]}]}]}]\n',
  ],
  ["an unknown returnArgAction", hook(`return: true, returnArg: ${INT}, returnArgAction: Track`)],
  ["returnArgAction without return", hook("returnArgAction: TrackSock")],
  ["a message of one byte", hook("message: a")],
  ["a tag of one byte", hook("tags: [a]")],
  ["17 tags", hook(`tags: [${many(17, "tag")}]`)],
  ["a generated list with values", "lists: [{name: l, type: generated_syscalls, values: [a]}]\n"],
  ["a list without values", "lists: [{name: l, type: syscalls}]\n"],
  ["generated_ftrace without pattern", "lists: [{name: l, type: generated_ftrace}]\n"],
  ["a pattern of another list", "lists: [{name: l, type: syscalls, values: [sys_read], pattern: a}]\n"],
  ["an unknown option", "options: [{name: polcy-mode, value: monitor}]\n"],
  ["the mode audit", "options: [{name: policy-mode, value: audit}]\n"],
  ["labels in hostSelector", "hostSelector: {matchLabels: {a: b}}\n"],
  ["labels beside matchLabels", "podSelector: {app: x}\n"],
  ["In without values", "podSelector: {matchExpressions: [{key: a, operator: In}]}\n"],
  ["Exists with values", "podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}\n"],
];
