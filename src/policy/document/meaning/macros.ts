/** @module `selectorsMacros`: parts of selectors that others name. */
import { quote } from "../finding.ts";
import { suggestion } from "../spelling.ts";
import type { Context } from "./context.ts";
import type { ReadSelector } from "./read-hook.ts";

/** Macros by name. */
export type Macros = Readonly<Record<string, ReadSelector>>;

/** The selector with what its macros have. A field that two of them have is refused. */
export function expandMacros(selector: ReadSelector, macros: Macros, context: Context): ReadSelector {
  const names = selector.macros ?? [];
  if (names.length === 0) return selector;
  const place = context.places.of(selector);
  const expanded: Record<string, unknown> = { ...selector };
  const fields = new Map(place.fields);
  const broken = new Set(place.broken);
  for (const [index, name] of names.entries()) {
    const macro = Object.hasOwn(macros, name) ? macros[name] : undefined;
    if (macro === undefined) {
      broken.add("macros");
      context.error(names, index, {
        found: `the macro ${quote(name)}`,
        expected: "one of spec.selectorsMacros",
        cure: suggestion(name, Object.keys(macros)),
      });
      continue;
    }
    for (const field of context.places.of(macro).fields.keys()) {
      if (field === "macros") continue;
      const value = macro[field as keyof ReadSelector];
      if (field === "label") expanded.label ??= value;
      else if (fields.has(field)) {
        context.error(names, index, {
          found: `${field} in the macro ${quote(name)}`,
          expected: "every field from one place: the selector, or one macro",
        });
      } else {
        fields.set(field, context.at(macro, field));
        expanded[field] = value;
      }
    }
    for (const field of context.places.of(macro).broken) broken.add(field);
  }
  context.places.set(expanded, { ...place, fields, broken });
  return expanded;
}

/** Macros do not name macros. */
export function checkMacros(macros: Macros, context: Context): void {
  for (const macro of Object.values(macros)) {
    if (macro.macros === undefined) continue;
    context.error(macro, "macros", { found: "macros in a macro", expected: "filters and actions" });
  }
}
