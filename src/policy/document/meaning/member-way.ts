/** @module `resolve`, `btfType` and `btfTypeModule`: the way from an argument to the value in it. */
import type { MemberWay } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { Context } from "./context.ts";
import type { ReadArgument } from "./read-hook.ts";

/** Members and elements on the way, together. */
const MAX_STEPS = 10;
const NAME = /^[A-Za-z_]\w*$/;
const ELEMENTS = /^([^[\]]*)((?:\[\d+\])*)$/;

/** The way, when there is one and nothing is wrong with it. */
export function readWay(read: ReadArgument, context: Context): MemberWay | undefined {
  const { resolve, btfType: struct, btfTypeModule: module } = read;
  if (resolve === undefined) {
    for (const field of ["btfType", "btfTypeModule"] as const) {
      if (read[field] === undefined || context.places.isBroken(read, "resolve")) continue;
      context.error(read, field, {
        found: `${field} without resolve`,
        expected: "resolve: the members to walk from there",
      });
    }
    return undefined;
  }
  if (module !== undefined && struct === undefined) {
    context.error(read, "btfTypeModule", { found: "btfTypeModule without btfType", expected: "both" });
  }
  const steps = stepsOf(resolve);
  if (steps === undefined) {
    return context.error(read, "resolve", {
      found: quote(resolve),
      expected:
        "members with dots between them, and numbers of elements in brackets: mm.owner.comm, names[2].len",
    });
  }
  if (steps.length > MAX_STEPS) {
    return context.error(read, "resolve", {
      found: `${steps.length} steps`,
      expected: `at most ${MAX_STEPS}`,
    });
  }
  return { steps, struct, module };
}

function stepsOf(text: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  for (const [index, part] of text.split(".").entries()) {
    const [, name = "", elements = ""] = ELEMENTS.exec(part) ?? [];
    const isFirst = index === 0 && name === "" && elements !== "";
    if (!isFirst && !NAME.test(name)) return undefined;
    if (name !== "") steps.push(name);
    for (const [, number] of elements.matchAll(/\[(\d+)\]/g)) steps.push(Number(number));
  }
  return steps;
}
