/** @module `spec.options`. */
import { parseBoolean } from "../../../lib/text/boolean.ts";
import type { PolicyMode, PolicyOptions } from "../../policy.ts";
import { oneOf, quote } from "../finding.ts";
import type { Read } from "../schema/kind.ts";
import type { SPEC } from "../schema/tracing-policy.ts";
import { suggestion } from "../spelling.ts";
import type { Context } from "./context.ts";

type ReadOptions = NonNullable<Read<typeof SPEC>["options"]>;

/** What an option's value may be. */
interface Rule {
  readonly expected: string;
  readonly isRight: (value: string) => boolean;
}

const BOOLEAN: Rule = {
  expected: '"true" or "false"',
  isRight: (value) => parseBoolean(value) !== undefined,
};
const SIZE: Rule = {
  expected: "a number above 0, in quotes",
  isRight: (value) => /^[1-9]\d{0,8}$/.test(value),
};
const words = (...values: string[]): Rule => ({
  expected: oneOf(values),
  isRight: (value) => values.includes(value),
});

const RULES: Readonly<Record<string, Rule>> = {
  "disable-kprobe-multi": BOOLEAN,
  "disable-uprobe-multi": BOOLEAN,
  "mark-values": BOOLEAN,
  "policy-mode": words("enforce", "monitor"),
  "override-method": words("override-return", "fmod-ret"),
  "sleepable-preload-size": SIZE,
  "uprobe-heap-size": SIZE,
};

const OVERRIDE_METHODS: Readonly<Record<string, PolicyOptions["overrideMethod"]>> = {
  "override-return": "return",
  "fmod-ret": "fmod_ret",
};

/** All that there are. */
export const OPTION_NAMES: readonly string[] = Object.keys(RULES);

/** Reads the options; what is wrong with them is said. */
export function readOptions(
  options: ReadOptions,
  context: Context,
): { readonly mode: PolicyMode; readonly options: PolicyOptions } {
  const values = new Map<string, string>();
  for (const option of options) {
    const { name, value } = option;
    if (name === undefined || value === undefined) continue;
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (rule === undefined) {
      const expected = oneOf(Object.keys(RULES));
      context.error(option, "name", {
        found: quote(name),
        expected,
        cure: suggestion(name, Object.keys(RULES)),
      });
    } else if (values.has(name)) {
      context.error(option, "name", { found: `${quote(name)} a second time`, expected: "every option once" });
    } else if (!rule.isRight(value)) {
      const cure = suggestion(value, rule.expected.replaceAll('"', "").split(" or "));
      context.error(option, "value", { found: quote(value), expected: rule.expected, cure });
    } else values.set(name, value);
  }
  const isTrue = (name: string) => parseBoolean(values.get(name) ?? "false") === true;
  return {
    mode: values.get("policy-mode") === "monitor" ? "monitor" : "enforce",
    options: {
      isKprobeMultiDisabled: isTrue("disable-kprobe-multi"),
      overrideMethod: OVERRIDE_METHODS[values.get("override-method") ?? ""],
      ...(isTrue("mark-values") ? { marksValues: true } : {}),
      ...(isTrue("disable-uprobe-multi") ? { isUprobeMultiDisabled: true } : {}),
    },
  };
}
