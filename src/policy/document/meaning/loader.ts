/**
 * @module `loader: true`: executables and libraries as they are mapped. The kernel knows the build id of a mapped file while it tells
 * perf events of the mapping, so that is where the hook is.
 */
import type { Argument, Hook, MemberWay, Position } from "../../policy.ts";
import { quote } from "../finding.ts";
import type { Read } from "../schema/kind.ts";
import type { SPEC } from "../schema/tracing-policy.ts";
import type { Context } from "./context.ts";

/** The function that tells a perf event of a mapping: `void perf_event_mmap_output(struct perf_event *event, void *data)`. */
const FUNCTION = "perf_event_mmap_output";
/** What its second argument points to. */
const STRUCT = "perf_mmap_event";
const POSITION = 1;

/** What says which processes a policy is for: a loader is for all. */
const SELECTORS = ["podSelector", "containerSelector", "hostSelector"] as const;

/** The hook that `loader: true` stands for. */
export function readLoader(spec: Read<typeof SPEC>, isNamespaced: boolean, context: Context): Hook[] {
  if (spec.loader !== true) return [];
  for (const selector of SELECTORS) {
    if ((spec[selector] ?? undefined) === undefined) continue;
    context.error(spec, selector, {
      found: `${selector} beside loader: true`,
      expected: "none: files are mapped by all processes",
      cure: "write a policy of its own for the loader",
    });
  }
  if (isNamespaced) {
    context.error(spec, "loader", {
      found: "loader: true in a policy of a namespace",
      expected: `kind: ${quote("TracingPolicy")}`,
    });
  }
  return [loaderHook(context.at(spec, "loader"))];
}

function loaderHook(at: Position): Hook {
  const argument = (
    path: string,
    type: Argument["type"],
    resolve: MemberWay | undefined = undefined,
  ): Argument => ({
    at,
    path,
    source: { kind: "argument", index: POSITION },
    type,
    label: "",
    resolve,
    sizeIndex: undefined,
    isReadAtReturn: false,
    isLong: false,
  });
  const way: MemberWay = { steps: ["build_id_size"], struct: STRUCT, module: undefined };
  return {
    section: "loader",
    index: 0,
    at,
    target: { kind: "function", name: FUNCTION },
    args: [argument("spec.loader", "mapped_file"), argument("spec.loader", "uint32", way)],
    data: [],
    returnValue: undefined,
    returnSock: undefined,
    message: "",
    tags: [],
    selectors: [
      {
        at,
        label: "",
        workload: undefined,
        conditions: [
          {
            kind: "argument",
            at,
            positions: [1],
            operand: { operator: "Equal", isNegated: true, integers: [0n] },
          },
        ],
        returnConditions: [],
        actions: [],
        returnActions: [],
      },
    ],
    ignoresMissingCall: false,
  };
}
