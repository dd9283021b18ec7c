import { describe, expect, test } from "bun:test";
import type { LineView } from "../../../src/event/batch.ts";
import { createDirectExporter } from "../../../src/exporter/delivery/delivery.ts";
import type { DirectDestination, MetadataFate } from "../../../src/exporter/delivery/destination.ts";
import { createExporterCounters, type ExporterCounters } from "../../../src/telemetry/counters.ts";
import { accountedFor, batchOf, exporterSettings, metadataOf, numbered, patient, start } from "../support.ts";
import { ManualClock } from "./manual-clock.ts";

const META = '{"event":"agent_init"}';

/** Sends the metadata and events as the test says. */
class Place implements DirectDestination {
  readonly kind = "direct";
  readonly description = "the test";
  readonly isOpen = true;
  fate: MetadataFate = "sent";
  takesEvents = true;
  tries = 0;
  readonly arrived: string[] = [];
  readonly #counters: ExporterCounters;

  constructor(counters: ExporterCounters) {
    this.#counters = counters;
  }

  async open(): Promise<void> {}

  transmitMetadata(line: Uint8Array): MetadataFate {
    this.tries++;
    if (this.fate === "sent") this.arrived.push(Buffer.from(line).toString().trimEnd());
    return this.fate;
  }

  transmit(lines: LineView): number {
    for (let i = 0; i < lines.length; i++) {
      if (!this.takesEvents) this.#counters.send_failed++;
      else {
        const bytes = lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i));
        this.arrived.push(Buffer.from(bytes).toString().trimEnd());
        this.#counters.exported++;
      }
    }
    return lines.length;
  }

  awaitRoom(): number {
    return 0;
  }

  async close(): Promise<void> {}
}

async function startPlace(fate: MetadataFate, takesEvents: boolean) {
  const [counters, clock] = [createExporterCounters(), new ManualClock()];
  const place = Object.assign(new Place(counters), { fate, takesEvents });
  const exporter = createDirectExporter(place, {
    ...exporterSettings({ counters, metadata: metadataOf(META) }),
    clock,
  });
  await start(exporter);
  return { counters, clock, place, exporter };
}

describe("metadata that cannot leave at once", () => {
  test("nothing can: events are lost untried, and it is the first that leaves, without an event", async () => {
    const { counters, clock, place, exporter } = await startPlace("unreachable", true);
    exporter.write(batchOf(numbered(0, 3)));
    expect(counters).toMatchObject({ exported: 0, send_failed: 3 });
    place.fate = "sent";
    await clock.advance(1000);
    expect(place.arrived).toEqual([META]);
    exporter.write(batchOf(numbered(3, 2)));
    expect(place.arrived).toEqual([META, ...numbered(3, 2)]);
    await exporter.stop(patient());
    expect(accountedFor(counters)).toBe(5);
  });

  test("everything is refused: it is tried before each event, and goes before the first that is taken", async () => {
    const { counters, place, exporter } = await startPlace("refused", false);
    exporter.write(batchOf(numbered(0, 3)));
    expect(counters).toMatchObject({ exported: 0, send_failed: 3 });
    expect(place.tries).toBeGreaterThanOrEqual(4);
    Object.assign(place, { fate: "sent", takesEvents: true });
    exporter.write(batchOf(numbered(3, 2)));
    expect(place.arrived).toEqual([META, ...numbered(3, 2)]);
    await exporter.stop(patient());
  });

  test("it alone is refused: events go, and it is tried again every second", async () => {
    const { counters, clock, place, exporter } = await startPlace("refused", true);
    exporter.write(batchOf(numbered(0, 100)));
    exporter.write(batchOf(numbered(100, 100)));
    expect(counters.exported).toBe(200);
    const { tries } = place;
    expect(tries).toBeLessThan(5);
    place.fate = "sent";
    await clock.advance(1000);
    expect(place.tries).toBe(tries + 1);
    expect(place.arrived.at(-1)).toBe(META);
    await exporter.stop(patient());
  });

  test("a run that ends meanwhile does not wait for it", async () => {
    const { counters, exporter } = await startPlace("unreachable", true);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(new AbortController().signal);
    expect(accountedFor(counters)).toBe(3);
  });
});
