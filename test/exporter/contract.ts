/** The contract of every exporter, as tests: see `src/exporter/exporter.ts`. */
import { describe, expect, test } from "bun:test";
import type { QueueLimits } from "../../src/exporter/delivery/queue.ts";
import type { ExporterSettings } from "../../src/exporter/delivery/settings.ts";
import type { Exporter } from "../../src/exporter/exporter.ts";
import { createExporterCounters } from "../../src/telemetry/counters.ts";
import {
  accountedFor,
  batchOf,
  createTestLog,
  exporterSettings,
  metadataOf,
  numbered,
  patient,
  start,
  until,
} from "./support.ts";

/** An exporter under test and the place that it exports to, which takes all that comes. */
export interface ContractSubject extends AsyncDisposable {
  readonly exporter: Exporter;
  /** Everything that arrived, line by line: `count` lines. Called once, after the exporter was stopped. */
  arrived(count: number): Promise<string[]>;
}

const AGENT_INIT = '{"event":"agent_init"}';
const ROOMY: QueueLimits = { maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 };

/** Tests an exporter. @param create Makes a fresh one; events that it has taken must be able to arrive. */
export function testExporterContract(
  name: string,
  create: (settings: ExporterSettings) => Promise<ContractSubject>,
): void {
  async function prepare(queue = ROOMY) {
    const counters = createExporterCounters();
    const { log, messages } = createTestLog();
    const metadata = metadataOf(`${AGENT_INIT}\n`);
    const subject = await create(exporterSettings({ queue, counters, log, metadata }));
    return { subject, exporter: subject.exporter, counters, messages, metadata };
  }

  const expectArrived = async (subject: ContractSubject, lines: readonly string[]) =>
    expect(await subject.arrived(lines.length)).toEqual([...lines]);

  describe(`${name} keeps the exporter contract`, () => {
    test("exports agent_init first, then the events, in order and byte for byte", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await start(exporter);
      const lines = numbered(0, 300, 40);
      for (let i = 0; i < lines.length; i += 100) exporter.write(batchOf(lines.slice(i, i + 100), i));
      await exporter.stop(patient());
      await expectArrived(subject, [AGENT_INIT, ...lines]);
      expect(counters.exported).toBe(300);
      expect(counters.bytes_exported).toBe(lines.join("\n").length + 1);
      expect(accountedFor(counters)).toBe(300);
    });

    test("exports agent_init when there are no events", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await start(exporter);
      await exporter.stop(patient());
      await expectArrived(subject, [AGENT_INIT]);
      expect(accountedFor(counters)).toBe(0);
    });

    test("copies what it keeps: the batch belongs to the caller after write()", async () => {
      const { subject, exporter } = await prepare();
      await using _ = subject;
      await start(exporter);
      const batch = batchOf(numbered(0, 50));
      exporter.write(batch);
      batch.bytes.fill(0);
      await exporter.stop(patient());
      await expectArrived(subject, [AGENT_INIT, ...numbered(0, 50)]);
    });

    test("exports the new text of rewritten lines and takes an empty batch", async () => {
      const { subject, exporter } = await prepare();
      await using _ = subject;
      await start(exporter);
      const batch = batchOf(["1", "2", "3"]);
      batch.rewrite(1, '"two"');
      exporter.write(batch);
      exporter.write(batchOf([]));
      await exporter.stop(patient());
      await expectArrived(subject, [AGENT_INIT, "1", '"two"', "3"]);
    });

    test("stop() is legal before start()", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await exporter.stop(patient());
      expect(accountedFor(counters)).toBe(0);
    });

    test("stop() is idempotent, one after the other and at once", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      await Promise.all([exporter.stop(patient()), exporter.stop(patient())]);
      await exporter.stop(patient());
      await expectArrived(subject, [AGENT_INIT, ...numbered(0, 10)]);
      expect(accountedFor(counters)).toBe(10);
    });

    test("counts every event when there is no time left to export it", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 100)));
      await exporter.stop(AbortSignal.abort());
      expect(accountedFor(counters)).toBe(100);
    });

    test("counts every event when the queue is too small", async () => {
      const { subject, exporter, counters } = await prepare({ maxEvents: 3, maxBytes: 200 });
      await using _ = subject;
      await start(exporter);
      for (let i = 0; i < 10; i++) exporter.offer(batchOf(numbered(i * 100, 100), i * 100));
      await exporter.stop(patient());
      expect(accountedFor(counters)).toBe(1000);
      const lines = await subject.arrived(counters.exported + 1);
      expect(lines[0]).toBe(AGENT_INIT);
      expect(lines.length - 1).toBe(counters.exported);
    });

    test("counts events that come after stop()", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await start(exporter);
      await exporter.stop(patient());
      exporter.write(batchOf(numbered(0, 7)));
      await exporter.stop(patient());
      expect(accountedFor(counters)).toBe(7);
      await expectArrived(subject, [AGENT_INIT]);
    });

    test("sends nothing, not even agent_init, before begin()", async () => {
      const { subject, exporter, counters } = await prepare();
      await using _ = subject;
      await exporter.start();
      exporter.write(batchOf(numbered(0, 3)));
      await Bun.sleep(20);
      expect(counters.exported).toBe(0);
      await exporter.stop(patient());
      expect(accountedFor(counters)).toBe(3);
      await expectArrived(subject, []);
    });

    test("sends refreshed metadata before the next event", async () => {
      const { subject, exporter, counters, metadata } = await prepare();
      await using _ = subject;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 2)));
      await until(() => counters.exported === 2, "the first events have left");
      metadata.refresh(Buffer.from('{"event":"agent_init","again":true}\n'));
      exporter.write(batchOf(numbered(2, 2)));
      await exporter.stop(patient());
      expect(accountedFor(counters)).toBe(4);
      await expectArrived(subject, [
        AGENT_INIT,
        ...numbered(0, 2),
        '{"event":"agent_init","again":true}',
        ...numbered(2, 2),
      ]);
    });

    test("announce() sends refreshed metadata without an event, and says what had left before", async () => {
      const { subject, exporter, counters, metadata } = await prepare();
      await using _ = subject;
      exporter.announce();
      await start(exporter);
      exporter.write(batchOf(numbered(0, 2)));
      await until(() => counters.exported === 2 && metadata.sent === 1, "the first events have left");
      metadata.refresh(Buffer.from('{"event":"agent_refresh"}'));
      exporter.announce();
      await until(() => metadata.sent === 2, "the metadata has left");
      expect(metadata.progress.at(-1)).toMatchObject({ events: 2 });
      await exporter.stop(patient());
      exporter.announce();
      expect(metadata.sent).toBe(2);
      await expectArrived(subject, [AGENT_INIT, ...numbered(0, 2), '{"event":"agent_refresh"}']);
    });

    test("the last metadata comes after all events, with their count", async () => {
      const { subject, exporter, metadata } = await prepare();
      await using _ = subject;
      metadata.last = Buffer.from('{"event":"agent_stop"}');
      await start(exporter);
      exporter.write(batchOf(numbered(0, 200)));
      await exporter.stop(patient());
      expect(metadata.progress.at(-1)).toMatchObject({ events: 200, dropped: { send_failed: 0 } });
      const lines = await subject.arrived(202);
      const copies = lines.length - 201;
      expect(lines).toEqual([
        AGENT_INIT,
        ...numbered(0, 200),
        ...Array(copies).fill('{"event":"agent_stop"}'),
      ]);
      expect(copies).toBeGreaterThan(0);
    });

    test("ready() asks nobody to wait while there is room, and lets nobody wait for ever", async () => {
      const { subject, exporter } = await prepare({ maxEvents: 100, maxBytes: 1024 * 1024 });
      await using _ = subject;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 90)));
      await exporter.ready();
      await exporter.stop(patient());
      expect(exporter.ready()).toBeUndefined();
    });

    test("reload() loses nothing", async () => {
      const { subject, exporter } = await prepare();
      await using _ = subject;
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      exporter.reload?.();
      exporter.write(batchOf(numbered(10, 10)));
      await exporter.stop(patient());
      exporter.reload?.();
      await expectArrived(subject, [AGENT_INIT, ...numbered(0, 20)]);
    });
  });
}
