/** @module The formats of a run's exporters: who wants the same shares the work. */
import type { OptionRows, ValuesOf } from "../config/option.ts";
import { createEnvelope } from "../encoding/create-envelope.ts";
import type { Encoding } from "../encoding/encoding.ts";
import type { EnvelopeEncoder } from "../encoding/enveloped.ts";
import { FACILITIES } from "../encoding/rfc5424/facilities.ts";
import { TetragonJson } from "../encoding/tetragon-json.ts";
import type { MetadataEventName } from "../event/description/index.ts";
import type { ExporterDefinition } from "../exporter/exporter.ts";
import type { Progress } from "../metadata/document.ts";
import type { MetadataProvider } from "../metadata/provider.ts";
import type { LOCAL_OPTIONS } from "./options/local.ts";

/** How an exporter's lines are written. */
export interface LineFormat {
  readonly encoding: Encoding;
  /** The metadata in the same format. */
  metadata(provider: MetadataProvider): MetadataProvider;
}

/** Makes formats. What one needs is loaded when it is wanted. */
export class Formats {
  readonly #made = new Map<string, LineFormat>([
    ["json", { encoding: new TetragonJson(), metadata: (provider) => provider }],
  ]);

  /** The format of one exporter. Those that send datagrams have envelopes of their own. */
  async of(definition: ExporterDefinition, values: ValuesOf<OptionRows>): Promise<LineFormat> {
    const { "export-format": format, "export-syslog-facility": name } = values as ValuesOf<
      typeof LOCAL_OPTIONS
    >;
    const isJson = definition.metadata !== "asked" || format === "json";
    const key = isJson ? "json" : format === "gelf" ? "gelf" : `${format} ${name}`;
    const known = this.#made.get(key);
    if (known !== undefined || isJson) return known!;
    const { EnvelopeEncoder } = await import("../encoding/enveloped.ts");
    const { WrittenEncoding } = await import("../encoding/written.ts");
    const encoder = new EnvelopeEncoder(format, await createEnvelope(format, FACILITIES.indexOf(name)));
    const made: LineFormat = {
      encoding: new WrittenEncoding(encoder),
      metadata: (provider) => new EnvelopedMetadata(provider, encoder),
    };
    this.#made.set(key, made);
    return made;
  }
}

/** Metadata in the envelope of a format. */
class EnvelopedMetadata implements MetadataProvider {
  readonly #provider: MetadataProvider;
  readonly #encoder: EnvelopeEncoder;

  constructor(provider: MetadataProvider, encoder: EnvelopeEncoder) {
    this.#provider = provider;
    this.#encoder = encoder;
  }

  get generation(): number {
    return this.#provider.generation;
  }

  get event(): MetadataEventName {
    return this.#provider.event;
  }

  lineAfter(progress: Progress): Uint8Array {
    return this.#encoder.lineOf(this.#provider.lineAfter(progress));
  }

  noteSent(): void {
    this.#provider.noteSent();
  }

  conclude(): boolean {
    return this.#provider.conclude();
  }
}
