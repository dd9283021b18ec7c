import { describe, expect, test } from "bun:test";
import { createConsola } from "consola/core";
import { Bus } from "../../../src/agent/bus.ts";
import type { ServerCall } from "../../../src/lib/grpc/call.ts";
import { MessageReader } from "../../../src/lib/grpc/message-reader.ts";
import type { DataFrames } from "../../../src/lib/http2/data-frames.ts";
import { FrameReader } from "../../../src/lib/http2/frame-reader.ts";
import { EventStreams } from "../../../src/server/grpc/events/event-streams.ts";
import { createBatch } from "../../pipeline/support.ts";

/** A call whose peer takes what it is told to. */
class FakeCall {
  readonly peer = "test";
  readonly written: Uint8Array[] = [];
  /** What it was handed, in the memory that it was handed in. */
  readonly given: Uint8Array[] = [];
  ended: [number, string] | undefined;
  isClosed = false;
  /** Bytes that its peer has not taken. */
  unsentBytes = 0;
  isStuck = false;
  #close: (() => void)[] = [];
  #drain: () => void = () => {};

  onClose(listener: () => void): void {
    this.#close.push(listener);
  }

  onDrain(listener: () => void): void {
    this.#drain = listener;
  }

  writeFrames({ bytes }: DataFrames): void {
    this.given.push(bytes);
    // A socket copies what it takes.
    this.written.push(this.isStuck ? bytes : bytes.slice());
    if (this.isStuck) this.unsentBytes += bytes.length;
  }

  end(code: number, message: string): void {
    this.ended = [code, message];
    this.close();
  }

  close(): void {
    this.isClosed = true;
    for (const listener of this.#close.splice(0)) listener();
  }

  drain(): void {
    this.isStuck = false;
    this.unsentBytes = 0;
    for (const [i, bytes] of this.written.entries()) this.written[i] = bytes.slice();
    this.#drain();
  }

  get messages(): number {
    const reader = new MessageReader(1 << 20);
    let count = 0;
    const frames = new FrameReader(({ payload }) => {
      count += reader.add(payload).length;
    });
    for (const bytes of this.written) frames.add(bytes);
    return count;
  }
}

const event = (pid: number, padding = 0) => ({
  process_exit: { process: { pid, binary: "x".repeat(padding) } },
  time: "2026-01-01T00:00:00Z",
});

function setUp(limits = { maxEvents: 100, maxBytes: 1 << 20 }) {
  const bus = new Bus();
  const streams = new EventStreams({ bus, limits, log: createConsola({ level: -999 }) });
  const join = (request = {}, isStuck = false) => {
    const call = new FakeCall();
    call.isStuck = isStuck;
    streams.join(call as unknown as ServerCall, request);
    return call;
  };
  const offer = (...events: object[]) => bus.offer(createBatch(events as never));
  /** The loop comes round. */
  const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return { bus, streams, join, offer, turn };
}

describe("EventStreams", () => {
  test("hands over once a turn of the loop, and shares the bytes between clients", async () => {
    const { join, offer, turn } = setUp();
    const [first, second] = [join(), join()];
    offer(event(1), event(2));
    expect(first.written).toEqual([]);
    await turn();
    expect(first.written).toHaveLength(1);
    expect(first.messages).toBe(2);
    expect(second.given[0]).toBe(first.given[0]!);
  });

  test("counts what the API has no message for", async () => {
    const { streams, join, offer, turn } = setUp();
    const call = join();
    offer(event(1), { process_connect: {}, time: "2026-01-01T00:00:00Z" }, event(2));
    await turn();
    expect(call.messages).toBe(2);
    expect(streams.totals).toMatchObject({ exported: 2, not_expressible: 1 });
    expect([...streams.notExpressible]).toEqual([["process_connect", 1]]);
  });

  test("drops for a client whose queue is full, and for no other", async () => {
    const { streams, join, offer, turn } = setUp({ maxEvents: 10, maxBytes: 1 << 24 });
    const [stuck, reader] = [join({}, true), join()];
    // One goes ahead, beyond what is handed over at once, and the queue fills behind it.
    const rounds = 30;
    for (let i = 0; i < rounds; i++) {
      offer(event(i, 140_000));
      await turn();
    }
    expect(reader.messages).toBe(rounds);
    expect(stuck.messages).toBe(1);
    expect(streams.totals).toMatchObject({ exported: rounds + 1, queue_full: rounds - 11 });
    stuck.drain();
    expect(stuck.messages).toBe(11);
    offer(event(rounds));
    await turn();
    expect(stuck.messages).toBe(12);
  });

  test("filters and encodes nothing for a client whose queue is full", async () => {
    const { join, offer, turn } = setUp({ maxEvents: 1, maxBytes: 1 << 20 });
    let asked = 0;
    const filter = {
      filtered: 0,
      select(_batch: unknown, numbers: Uint16Array) {
        asked++;
        numbers[0] = 0;
        return 1;
      },
    };
    const full = join({ filter });
    offer(event(1));
    offer(event(2));
    expect(asked).toBe(1);
    await turn();
    expect(full.messages).toBe(1);
    offer(event(3));
    expect(asked).toBe(2);
  });

  test("lets a source that can wait go on when the loop has come round, whatever the client does", async () => {
    const { bus, join } = setUp();
    join({}, true);
    await bus.publish(createBatch([event(1)] as never));
    expect(bus.publish(createBatch([event(2)] as never))).toBeInstanceOf(Promise);
  });

  test("counts what a client had not taken when it went", async () => {
    const { streams, join, offer, turn } = setUp();
    const call = join({}, true);
    offer(event(1), event(2));
    await turn();
    offer(event(3));
    call.close();
    expect(streams.clients).toBe(0);
    expect(streams.totals).toMatchObject({ exported: 0, bytes_exported: 0, send_failed: 3, queue_full: 0 });
    offer(event(4));
    expect(streams.totals.send_failed).toBe(3);
  });

  test("sends what is queued before it ends streams", async () => {
    const { streams, join, offer } = setUp();
    const call = join();
    offer(event(1));
    await streams.stop(new AbortController().signal);
    expect(call.messages).toBe(1);
    expect(call.ended).toEqual([14, "The agent stops"]);
    expect(() => join()).toThrow("The agent stops");
  });

  test("waits for a client that does not read until its time is up", async () => {
    const { streams, join, offer, turn } = setUp();
    const call = join({}, true);
    offer(event(1));
    await turn();
    const time = new AbortController();
    const stopping = streams.stop(time.signal);
    await turn();
    expect(call.ended).toBeUndefined();
    time.abort();
    await stopping;
    expect(call.ended).toEqual([14, "The agent stops"]);
    expect(streams.totals).toMatchObject({ exported: 0, send_failed: 1 });
  });

  test("holds what several clients wait for once, and gives all of it back", async () => {
    const { streams, join, offer, turn } = setUp({ maxEvents: 1000, maxBytes: 1 << 24 });
    const stuck = [join({}, true), join({}, true), join({}, true)];
    const reader = join();
    for (let i = 0; i < 20; i++) {
      offer(event(i, 60_000), event(i, 100));
      await turn();
    }
    const once = 20 * 60_000;
    expect(streams.pool.heldBytes).toBeGreaterThan(once);
    expect(streams.pool.heldBytes).toBeLessThan(once * 1.15);
    stuck[0]!.close();
    stuck[1]!.drain();
    expect(stuck[1]!.messages).toBe(40);
    expect(streams.pool.heldBytes).toBeGreaterThan(once);
    stuck[2]!.drain();
    expect(stuck[2]!.written).toEqual(reader.written);
    expect(streams.pool.heldBytes).toBe(0);
  });

  test("writes nothing into memory that a call may still be sending from", async () => {
    const { streams, join, offer, turn } = setUp({ maxEvents: 1000, maxBytes: 1 << 24 });
    const stuck = join({}, true);
    offer(event(1, 40_000));
    await turn();
    const [sending] = stuck.written;
    const before = Uint8Array.from(sending!);
    const time = new AbortController();
    time.abort();
    const other = join();
    const leaving = streams.stop(time.signal);
    await leaving;
    expect(streams.pool.heldBytes).toBe(0);
    expect(other.ended).toBeDefined();
    const again = setUp({ maxEvents: 1000, maxBytes: 1 << 24 });
    again.join();
    for (let i = 0; i < 3; i++) {
      again.offer(event(9, 40_000));
      await again.turn();
    }
    const chunk = streams.pool.make(new Uint8Array(40_000).fill(0xee), { from: 0, to: 40_000, events: 1 });
    expect(chunk.bytes.buffer).not.toBe(sending!.buffer);
    expect(Uint8Array.from(sending!)).toEqual(before);
  });

  test("has those who do not read give up what is more than their share once all together hold too much", async () => {
    const { streams, join, offer, turn } = setUp({ maxEvents: 100_000, maxBytes: 1_000_000 });
    const reader = join();
    // Each is stuck at a place of its own, so that they share little.
    const stuck: ReturnType<typeof join>[] = [];
    let sent = 0;
    let offered = 0;
    const offerOne = async (padding: number) => {
      offer(event(sent++, padding));
      offered += 1 + stuck.length;
      await turn();
    };
    for (let i = 0; i < 10; i++) {
      stuck.push(join({}, true));
      for (let j = 0; j < 15; j++) await offerOne(60_000);
    }
    for (let j = 0; j < 50; j++) {
      await offerOne(60_000);
      // What each was handed last, and what came in one turn, is beside that.
      expect(streams.pool.heldBytes).toBeLessThan(2_000_000 + 12 * 70_000);
    }
    expect(reader.messages).toBe(sent);
    const { totals } = streams;
    expect(totals.queue_full).toBeGreaterThan(0);
    for (const call of stuck) call.drain();
    expect(totals.exported).toBe(stuck.reduce((sum, call) => sum + call.messages, sent));
    expect(totals.exported + totals.queue_full).toBe(offered);
    expect(streams.pool.heldBytes).toBe(0);
  });

  test("has no more than 256 clients", () => {
    const { join } = setUp();
    for (let i = 0; i < 256; i++) join();
    expect(() => join()).toThrow("There are 256 clients already");
  });
});
