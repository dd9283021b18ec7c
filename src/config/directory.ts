/** @module Reads a configuration directory: a file for each option, its name the option, its content the value. */

import { isMissing } from "../os/caught.ts";
import { isAbsent } from "../os/early-files.ts";
import { fs } from "../os/fs.ts";
import { join } from "../os/path.ts";
import { quote } from "./error.ts";
import { emptyLayer, FirstOnly, flagOnlyWarning, type Layer, unknownKeyWarning } from "./layer.ts";
import type { OptionTable } from "./table.ts";
import { distrustDirectory, readTrustedFile, reasonOf } from "./trust.ts";

/**
 * Reads the directory at `path`, or nothing when there is none and it is not `required`. Subdirectories and names
 * that begin with a dot are left out: Kubernetes keeps the files of a ConfigMap in `..data` and links to them.
 * White space around a value does not count, and upper and lower case of a name are the same, as in Tetragon.
 */
export function readDirectory(table: OptionTable, path: string, { required = false } = {}): Layer {
  const layer = emptyLayer();
  const refuse = (reason: string): Layer => {
    layer.problems.push(`Cannot read config directory ${quote(path)}: ${reason}`);
    return layer;
  };
  const missing = () => (required ? refuse("found nothing there, expected a directory") : layer);
  if (isAbsent(path)) return missing();
  let names: string[];
  try {
    names = fs().readdirSync(path);
    const distrusted = names.length === 0 ? undefined : distrustDirectory(path);
    if (distrusted !== undefined) return refuse(distrusted);
  } catch (error) {
    return isMissing(error) ? missing() : refuse(reasonOf(error));
  }
  const unknown = new FirstOnly();
  for (const name of names.sort()) {
    if (!name.startsWith(".")) readEntry(table, { layer, unknown }, name, join(path, name));
  }
  unknown.finish(layer, `directory ${path}`);
  return layer;
}

/** What one directory says. */
interface Findings {
  readonly layer: Layer;
  readonly unknown: FirstOnly;
}

function readEntry(table: OptionTable, { layer, unknown }: Findings, key: string, path: string): void {
  const origin = `file ${path}`;
  if (fs().statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    unknown.add(layer, () => `Ignored directory ${quote(path)}: every option is a file`);
    return;
  }
  const name = key.toLowerCase();
  if (!table.has(name)) {
    unknown.add(layer, () => unknownKeyWarning(table, key, origin));
  } else if (table.row(name).flagOnly) {
    layer.warnings.push(flagOnlyWarning(name, origin));
  } else {
    const read = readTrustedFile(path);
    if ("refused" in read) layer.problems.push(`Cannot read config file ${quote(path)}: ${read.refused}`);
    else if (read.text === undefined) layer.problems.push(danglingProblem(path));
    else layer.settings.set(name, { text: read.text.trim(), origin });
  }
}

function danglingProblem(path: string): string {
  return `Cannot read config file ${quote(path)}: found a link that leads nowhere, expected a file`;
}
