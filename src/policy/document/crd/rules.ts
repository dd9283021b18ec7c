/**
 * @module What an API server refuses of a policy beside wrong names and types: the same that the reader refuses, as far as it shows in
 * the document alone. The test of this file holds each rule to the reader.
 */
import { LAST_SIGNAL, LEAST_ERROR, UNVALUED_OPERATORS } from "../meaning/limits.ts";
import { MAX_TAGS, SHORTEST } from "../meaning/message.ts";
import { OPTION_NAMES } from "../meaning/options.ts";
import { MAX_ARGUMENTS, SECTIONS } from "../meaning/sections.ts";

/** A rule in CEL, and what is said of an object that breaks it. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

/** Objects in a list whose length nothing else limits: what rules cost an API server has to be known beforehand. */
export const MOST_ITEMS = 64;

const HAS_RETURN = "(has(self.return) && self.return)";
const NO_RETURN_FILTERS =
  "(!has(self.selectors) || self.selectors.all(s, !has(s.matchReturnArgs) && !has(s.matchReturnActions)))";

const RETURN: readonly Rule[] = [
  { rule: `!${HAS_RETURN} || has(self.returnArg)`, message: "return: true needs returnArg" },
  {
    rule: `${HAS_RETURN} || ${NO_RETURN_FILTERS}`,
    message: "matchReturnArgs and matchReturnActions need return: true",
  },
];
const ARGUMENTS: readonly Rule[] = [
  {
    rule: "!has(self.args) || self.args.all(a, !has(a.source))",
    message: "source belongs to entries of data, and not of args",
  },
  {
    rule: "!has(self.data) || self.data.all(d, has(d.source) && has(d.resolve))",
    message: "entries of data need source and resolve",
  },
  {
    rule: `(has(self.args) ? size(self.args) : 0) + (has(self.data) ? size(self.data) : 0) <= ${MAX_ARGUMENTS}`,
    message: `at most ${MAX_ARGUMENTS} args and data together`,
  },
];
const NO_RETURN: readonly Rule[] = [
  {
    rule: NO_RETURN_FILTERS,
    message: "matchReturnArgs and matchReturnActions are not for hooks of this kind",
  },
];
const NO_SOURCE = ARGUMENTS.slice(0, 1);
const OF_POST = ["rateLimit", "rateLimitScope"];
const FLAGS_OF_POST = ["kernelStackTrace", "userStackTrace", "imaHash"];
const NOT_OF_POST = [
  ...OF_POST.map((field) => `!has(self.${field})`),
  ...FLAGS_OF_POST.map((field) => `!(has(self.${field}) && self.${field})`),
].join(" && ");

/** By the names of the objects in the description. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  kprobe: [
    ...RETURN,
    ...ARGUMENTS,
    {
      rule: `!has(self.returnArgAction) || self.returnArgAction == '' || ${HAS_RETURN}`,
      message: "returnArgAction needs return: true",
    },
  ],
  uprobe: [...RETURN, ...ARGUMENTS],
  tracepoint: [...NO_RETURN, ...NO_SOURCE],
  lsmhook: [...NO_RETURN, ...NO_SOURCE],
  usdt: [...NO_RETURN, ...NO_SOURCE],
  argument: [
    {
      rule: "has(self.resolve) || !(has(self.btfType) || has(self.btfTypeModule))",
      message: "btfType and btfTypeModule need resolve",
    },
    { rule: "!has(self.btfTypeModule) || has(self.btfType)", message: "btfTypeModule needs btfType" },
  ],
  action: [
    {
      rule: `self.action != 'Signal' || (has(self.argSig) && self.argSig >= 1 && self.argSig <= ${LAST_SIGNAL})`,
      message: `Signal needs argSig: the number of a signal, from 1 to ${LAST_SIGNAL}`,
    },
    {
      rule: `self.action != 'Override' || !has(self.argError) || self.argError >= ${LEAST_ERROR}`,
      message: `argError of Override is a negative errno, from ${LEAST_ERROR} to -1`,
    },
    {
      rule: `self.action == 'Post' || (${NOT_OF_POST})`,
      message: `${[...OF_POST, ...FLAGS_OF_POST].join(", ")} are for Post only`,
    },
  ],
  matchArgs: [
    { rule: "!(has(self.args) && has(self.index))", message: "args or index, not both" },
    {
      rule: `self.operator in [${UNVALUED_OPERATORS.map((name) => `'${name}'`).join(", ")}] || (has(self.values) && size(self.values) > 0)`,
      message: "values are needed: without them it would hold never, or always",
    },
  ],
  "label expression": [
    {
      rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
      message: "In and NotIn need values, Exists and DoesNotExist take none",
    },
  ],
  list: [
    {
      rule: "(has(self.type) && self.type == 'generated_ftrace') == has(self.pattern)",
      message: "type: generated_ftrace needs a pattern, other types take none",
    },
    {
      rule: "(has(self.type) && self.type.startsWith('generated_')) != (has(self.values) && size(self.values) > 0)",
      message: "values are needed, and the kernel gives them to types that begin with generated_",
    },
  ],
  option: [
    {
      rule: "self.name != 'policy-mode' || self.value in ['enforce', 'monitor']",
      message: "policy-mode is enforce or monitor",
    },
  ],
};

/** Of `spec` of a policy for one namespace. */
export const NAMESPACED_RULES: readonly Rule[] = [
  { rule: "!has(self.hostSelector)", message: "a policy for one namespace has no hostSelector" },
];

const SOME = { minItems: 1 } as const;
const SOME_OF = Object.fromEntries(
  [
    "matchPIDs",
    "matchBinaries",
    "matchNamespaces",
    "matchNamespaceChanges",
    "matchCapabilities",
    "matchCmdArgs",
  ].map((name) => [`${name}.values`, SOME]),
);
const HOOKS = { maxItems: 128 } as const;
const ARGUMENT_LISTS = Object.fromEntries(
  ["kprobe.args", "kprobe.data", "uprobe.args", "uprobe.data", "lsmhook.args", "usdt.args"].map((name) => [
    name,
    { maxItems: MAX_ARGUMENTS },
  ]),
);
const TEXTS = Object.fromEntries(
  ["kprobe", "tracepoint", "lsmhook", "uprobe", "usdt"].flatMap((hook) => [
    [`${hook}.message`, { minLength: SHORTEST }],
    [`${hook}.tags`, { maxItems: MAX_TAGS, items: { type: "string", minLength: SHORTEST } }],
    [`${hook}.selectors`, { maxItems: 32 }],
  ]),
);
const FILTER = { maxItems: 16 } as const;
const ACTIONS = { maxItems: 8 } as const;

/** By `OBJECT.FIELD`, further keywords of the field's schema. */
const LIMITS: Readonly<Record<string, object>> = {
  ...SOME_OF,
  ...ARGUMENT_LISTS,
  ...TEXTS,
  ...Object.fromEntries(Object.keys(SECTIONS).map((section) => [`spec.${section}`, HOOKS])),
  "spec.hostSelector": { maxProperties: 0 },
  "spec.enforcers": { maxItems: 1 },
  "spec.selectorsMacros": { maxProperties: 32 },
  "workloads.hostSelector": { maxProperties: 0 },
  "kprobe.returnArgAction": { enum: ["", "TrackSock", "UntrackSock"] },
  "argument.sizeArgIndex": { minimum: 1 },
  "option.name": { enum: OPTION_NAMES },
  "label selector.matchExpressions": FILTER,
  "selector.matchArgs": FILTER,
  "selector.matchData": FILTER,
  "selector.matchReturnArgs": FILTER,
  "selector.matchActions": ACTIONS,
  "selector.matchReturnActions": ACTIONS,
};

/** The rules of an object. @param name In the description */
export function objectRules(name: string): readonly Rule[] {
  return RULES[name] ?? [];
}

/** What its schema has more, of a field. */
export function fieldLimits(object: string, field: string): object {
  return LIMITS[`${object}.${field}`] ?? {};
}
