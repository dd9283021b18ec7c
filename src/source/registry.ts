/** @module Makes sources by their kind. */

import { FileSource } from "./file/file-source.ts";
import type { FileSourceSettings } from "./file/settings.ts";
import type { Source } from "./source.ts";
import type { SourceKind, SourceSpec } from "./spec.ts";
import { StdinSource } from "./stdin.ts";

/** What any source may need. */
export type AnySourceSettings = Omit<FileSourceSettings, "glob">;

type Factories = {
  [Kind in SourceKind]: (spec: Extract<SourceSpec, { kind: Kind }>, settings: AnySourceSettings) => Source;
};

/** Named here and not found by name: computed imports do not end up in the executable. */
const FACTORIES: Factories = {
  stdin: (_spec, settings) => new StdinSource(settings),
  file: (spec, settings) => new FileSource({ ...settings, glob: spec.glob }),
};

/** Makes the source that `spec` names. Nothing is opened before its `run`. */
export function createSource(spec: SourceSpec, settings: AnySourceSettings): Source {
  const create = FACTORIES[spec.kind] as (spec: SourceSpec, settings: AnySourceSettings) => Source;
  return create(spec, settings);
}
