/** @module The formats of a run's exporters: who wants the same shares the work. */
import type { OptionRows, ValuesOf } from "../config/option.ts";
import { createEnvelope } from "../encoding/create-envelope.ts";
import { ecsSettings } from "../encoding/ecs/options.ts";
import type { EcsSettings } from "../encoding/ecs/settings.ts";
import type { Encoding } from "../encoding/encoding.ts";
import type { Format } from "../encoding/envelope.ts";
import { FACILITIES } from "../encoding/rfc5424/facilities.ts";
import { TetragonJson } from "../encoding/tetragon-json.ts";
import type { EventEncoder } from "../encoding/written.ts";
import type { MetadataEventName } from "../event/description/index.ts";
import type { ExporterDefinition } from "../exporter/exporter.ts";
import type { AgentFacts, Progress } from "../metadata/document.ts";
import type { MetadataProvider } from "../metadata/provider.ts";
import type { localRows } from "./options/local.ts";

/** How an exporter's lines are written. */
export interface LineFormat {
  readonly encoding: Encoding;
  /** The metadata in the same format. */
  metadata(provider: MetadataProvider): MetadataProvider;
}

/** Writes lines, and those that are no part of a batch. */
interface LineEncoder extends EventEncoder {
  /** @param document With its newline. */
  lineOf(document: Uint8Array): Uint8Array;
}

/** Makes formats. What one needs is loaded when it is wanted. */
export class Formats {
  readonly #facts: AgentFacts;
  readonly #made = new Map<string, LineFormat>([
    ["json", { encoding: new TetragonJson(), metadata: (provider) => provider }],
  ]);

  constructor(facts: AgentFacts) {
    this.#facts = facts;
  }

  /** The format of one exporter. Those that send datagrams have envelopes of their own. */
  async of(definition: ExporterDefinition, values: ValuesOf<OptionRows>): Promise<LineFormat> {
    const { "export-format": format, "export-syslog-facility": name } = values as ValuesOf<
      ReturnType<typeof localRows>
    >;
    const isJson = definition.metadata !== "asked" || format === "json";
    const facility = FACILITIES.indexOf(name);
    const ecs = ecsSettings(values, this.#facts);
    const key = isJson ? "json" : keyOf(format, name, ecs);
    const known = this.#made.get(key);
    if (known !== undefined || isJson) return known!;
    const { WrittenEncoding } = await import("../encoding/written.ts");
    const encoder = await createEncoder(format, facility, ecs);
    const made: LineFormat = {
      encoding: new WrittenEncoding(encoder),
      metadata: (provider) => new EnvelopedMetadata(provider, encoder),
    };
    this.#made.set(key, made);
    return made;
  }
}

/** Those who have the same share a format. */
function keyOf(
  format: Format,
  facility: string,
  { dataStream, spelling, hasOriginal, hasCommandLine }: EcsSettings,
): string {
  if (format === "ecs") return JSON.stringify([dataStream, spelling, hasOriginal, hasCommandLine]);
  return format === "rfc5424" ? `${format} ${facility}` : format;
}

async function createEncoder(
  format: Exclude<Format, "json">,
  facility: number,
  ecs: EcsSettings,
): Promise<LineEncoder> {
  if (format === "ecs") return new (await import("../encoding/ecs/encoder.ts")).EcsEncoder(ecs);
  const { EnvelopeEncoder } = await import("../encoding/enveloped.ts");
  return new EnvelopeEncoder(format, await createEnvelope(format, { facility, ecs }));
}

/** Metadata in the envelope of a format. */
class EnvelopedMetadata implements MetadataProvider {
  readonly #provider: MetadataProvider;
  readonly #encoder: LineEncoder;

  constructor(provider: MetadataProvider, encoder: LineEncoder) {
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
