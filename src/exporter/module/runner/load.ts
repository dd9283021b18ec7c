/** @module Loads a module, and looks whether it is one. */
import { accessSync, constants } from "node:fs";
import { reasonOf } from "../../../config/trust.ts";
import { errorMessage } from "../../../os/caught.ts";
import type { Exporter } from "../sdk/tetrad.d.ts";

/** A module that can never work, in words that name the place. */
export class UnusableModule extends Error {}

/**
 * The exporter that is the default export of the file.
 * @throws UnusableModule
 */
export async function loadModule(path: string, options: Readonly<Record<string, string>>): Promise<Exporter> {
  let loaded: { readonly default?: unknown };
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new UnusableModule(reasonOf(error), { cause: error });
  }
  try {
    loaded = await import(path);
  } catch (error) {
    throw new UnusableModule(inWords(error), { cause: error });
  }
  return checkExporter(loaded.default, options);
}

/**
 * What is said to be an exporter, where it is one and has what it needs.
 * @throws UnusableModule
 */
export function checkExporter(exporter: unknown, options: Readonly<Record<string, string>>): Exporter {
  if (typeof exporter !== "object" || exporter === null)
    throw new UnusableModule(
      `found ${exporter === undefined ? "no default export" : `a default export of type ${typeof exporter}`}, expected an object with a function "export"`,
    );
  const found = exporter as Exporter;
  if (typeof found.export !== "function")
    throw new UnusableModule('found a default export without a function "export", expected one');
  const missing = (found.needs?.options ?? []).filter((name) => options[name] === undefined);
  if (missing.length > 0)
    throw new UnusableModule(
      `it needs ${missing.join(", ")} in --export-module-options, found no such option`,
    );
  return found;
}

/** An error of the runtime's loader, with its place. */
function inWords(error: unknown): string {
  const all = error instanceof AggregateError ? error.errors : [error];
  return all.slice(0, 3).map(placed).join("; ");
}

function placed(error: unknown): string {
  const { position } = error as { position?: { file?: string; line?: number; column?: number } | null };
  const message = errorMessage(error);
  if (position === undefined || position === null) return message;
  return `${position.file}:${position.line}:${position.column}: ${message}`;
}
