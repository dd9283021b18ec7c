/** @module Field filters on the text of events: the same as {@link FieldRule} makes of the decoded ones. */
import { CutPlan, type CutRule, cutsOf } from "../../event/edit/cut.ts";
import type { Edit } from "../../event/edit/edit.ts";
import type { LineBytes } from "../../event/edit/walk.ts";
import { eventTypes } from "../../event/fields.ts";
import { skipSpace } from "../../event/scan/line.ts";
import { typeNumberOf } from "../subject.ts";
import type { FieldRule } from "./field-filter.ts";
import type { Mask } from "./mask.ts";

/** A rule at one message: what is named of it. */
interface Named {
  readonly action: "include" | "exclude";
  readonly mask: Mask;
}

/** Cuts out of lines what the rules take away. */
export class FieldCutter {
  readonly #plan: CutPlan;

  constructor(rules: readonly FieldRule[]) {
    const types = [...eventTypes().keys()].map((type): [string, CutRule] => {
      const named = rules.filter((rule) => rule.isFor(typeNumberOf(type)) && rule.mask.size > 0);
      return [type, named.length === 0 ? "keep" : planOf(named)];
    });
    this.#plan = new CutPlan(new Map(types), "keep");
  }

  /** The edits for the line that begins at `start`, whose event is certainly valid, and all that the line says. */
  editsOf(line: LineBytes, start: number): Edit[] {
    return cutsOf(line, skipSpace(line.bytes, start), this.#plan);
  }
}

/** What all of `named` together leave: each sees what the ones before it left. */
function planOf(named: readonly Named[]): CutPlan {
  const names = new Set(named.flatMap(({ mask }) => [...mask.keys()]));
  const rules = new Map([...names].map((name) => [name, ruleOf(named, name)]));
  // As a field of a decoded event it would be the prototype.
  rules.set("__proto__", "cut");
  return new CutPlan(rules, named.some(({ action }) => action === "include") ? "cut" : "keep");
}

function ruleOf(named: readonly Named[], name: string): CutRule {
  const within: Named[] = [];
  for (const { action, mask } of named) {
    const inner = mask.get(name);
    if (inner === undefined) {
      if (action === "include") return "cut";
    } else if (inner.size > 0) within.push({ action, mask: inner });
    else if (action === "exclude") return "cut";
  }
  return within.length === 0 ? "keep" : planOf(within);
}
