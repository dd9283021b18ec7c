/** @module A hook on a program against the program's file, and its arguments against what a program can have. */

import { ARGUMENT_TYPES, type ArgumentTypeName } from "../argument-type.ts";
import { quote } from "../document/finding.ts";
import type { Argument, Hook } from "../policy.ts";
import { asksForReturn } from "../return-value.ts";
import {
  isInContainers,
  placeText,
  type UprobeTarget,
  type UsdtTarget,
  type UserPlace,
} from "../user-target.ts";
import type { HookFindings } from "./findings.ts";
import type { Kernel } from "./kernel.ts";

/**
 * What a program has in its own memory. Everything else is the kernel's: of a pointer that a program may put anywhere, its memory
 * would be read.
 */
const OF_PROGRAMS: readonly ArgumentTypeName[] = [
  "string",
  "char_buf",
  "char_iovec",
  "sockaddr",
  "sockaddr_un",
  "fd",
  "nop",
];

/** Checks it. Another host's files cannot be looked at. */
export function checkUserHook(
  hook: Hook,
  target: UprobeTarget | UsdtTarget,
  kernel: Kernel,
  findings: HookFindings,
): void {
  for (const argument of valuesOf(hook)) checkUserType(argument, target, findings);
  if (!kernel.isRunning || isInContainers(hook)) return;
  const places = kernel.files.placesOf(target);
  if ("found" in places) {
    findings.hook(places.isIgnored ? "warning" : "error", {
      ...places,
      ...(places.isIgnored ? { cure: `nothing is hooked there: ${places.cure}` } : {}),
    });
    return;
  }
  if (asksForReturn(hook) && places.some(({ isGo }) => isGo === true))
    findings.hook("error", {
      found: "return: true in a program in Go",
      expected:
        "a hook where the function begins: Go's runtime ends the program when it finds an address to return to changed",
      cure: "remove return and returnArg",
    });
  if (target.kind === "usdt") checkUsdt(hook, places, findings);
  else checkOverride(hook, target, places, findings);
}

function valuesOf({ args, data, returnValue }: Hook): Argument[] {
  return [...args, ...data, ...(returnValue === undefined ? [] : [returnValue])];
}

function checkUserType(
  argument: Argument,
  { kind }: UprobeTarget | UsdtTarget,
  findings: HookFindings,
): void {
  const { type, source } = argument;
  if (source.kind === "task" || OF_PROGRAMS.includes(type)) return;
  if (ARGUMENT_TYPES[type].operands === "integer" && type !== "syscall64") return;
  findings.argument("error", argument, {
    found: `type ${type} at a ${kind === "uprobe" ? "uprobe" : "USDT probe"}`,
    expected: `an integer or ${OF_PROGRAMS.join(", ")}: programs have nothing else in their memory`,
  });
}

/** A function can return at once only while it has done nothing: at its first instruction. */
function checkOverride(
  hook: Hook,
  { file, place }: UprobeTarget,
  places: readonly UserPlace[],
  findings: HookFindings,
): void {
  const overrides = hook.selectors.some(({ actions }) => actions.some(({ action }) => action === "Override"));
  if (!overrides) return;
  const wanted = file.places[place]!;
  if (wanted.at.by === "symbol" && wanted.at.offset !== 0n)
    findings.hook("error", {
      found: `Override at ${placeText(wanted)}`,
      expected: "the function's first instruction: it has begun its work there",
      cure: `write ${wanted.at.name}`,
    });
  else if (places.some(({ returnAt }) => returnAt === undefined))
    findings.hook("error", {
      found: `Override at ${placeText(wanted)}`,
      expected: "a function with an instruction nearby that returns: there is none",
      cure: "write Sigkill",
    });
}

/** Every place has arguments of its own. */
function checkUsdt(hook: Hook, places: readonly UserPlace[], findings: HookFindings): void {
  const counts = places.map(({ usdtArguments }) => usdtArguments!.length);
  const fewest = Math.min(...counts);
  for (const argument of hook.args) {
    const indices = [
      ...(argument.source.kind === "argument" ? [argument.source.index] : []),
      ...(argument.sizeIndex === undefined ? [] : [argument.sizeIndex]),
    ];
    for (const index of indices) {
      if (index >= fewest)
        findings.argument("error", argument, {
          found: `index: ${index}`,
          expected:
            fewest === 0
              ? "no arguments"
              : `an index from 0 to ${fewest - 1}: the probe has ${fewest} arguments`,
        });
      else if (places.some(({ usdtArguments }) => usdtArguments![index] === undefined))
        findings.argument("error", argument, {
          found: `index: ${index}`,
          expected: "an argument in a register or in memory: this one is where no program can look",
        });
    }
  }
  for (const { actions } of hook.selectors) {
    for (const action of actions) {
      if (action.action !== "Set") continue;
      if (places.every(({ usdtArguments }) => usdtArguments![action.index]?.kind === "memory")) continue;
      findings.hook("error", {
        found: `Set of argument ${quote(String(action.index))}`,
        expected: "an argument that is in memory, at every place of the probe",
      });
    }
  }
}
