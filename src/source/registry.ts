/** @module Makes sources by their kind. */
import type { FileSourceSettings } from "./file/settings.ts";
import type { SensorSettings } from "./sensor/settings.ts";
import type { Source } from "./source.ts";

/** A source that is one; `auto` stands for another. */
export type ConcreteSourceSpec =
  | { readonly kind: "sensor" | "stdin" }
  | { readonly kind: "file"; readonly glob: string };

/** What any source may need. */
export interface AnySourceSettings extends Omit<FileSourceSettings, "glob"> {
  readonly sensor: SensorSettings;
}

/**
 * Makes the source that `spec` names. Nothing is opened before its `run`. Each kind is named here and not found by
 * name, since computed imports do not end up in the executable; and it is loaded only where it is asked for.
 */
export async function createSource(spec: ConcreteSourceSpec, settings: AnySourceSettings): Promise<Source> {
  switch (spec.kind) {
    case "stdin": {
      const { StdinSource } = await import("./stdin.ts");
      return new StdinSource(settings);
    }
    case "file": {
      const { FileSource } = await import("./file/file-source.ts");
      return new FileSource({ ...settings, glob: spec.glob });
    }
    case "sensor": {
      const { SensorSource } = await import("./sensor/index.ts");
      return new SensorSource(settings.sensor, settings);
    }
  }
}
