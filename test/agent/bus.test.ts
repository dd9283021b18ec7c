import { describe, expect, test } from "bun:test";
import { Bus } from "../../src/agent/bus.ts";
import type { EventFilter, EventLines, Subscriber } from "../../src/component/subscriber.ts";
import { TetragonJson } from "../../src/encoding/tetragon-json.ts";
import { type EventEncoder, WrittenEncoding } from "../../src/encoding/written.ts";
import { EventBatch } from "../../src/event/batch.ts";
import { batchOf } from "../exporter/support.ts";
import { createTestPipeline } from "../pipeline/support.ts";

/** Keeps what it is given, and has room or not as the test says. */
class Listener implements Subscriber {
  readonly name = "listener";
  readonly written: string[] = [];
  readonly offered: string[] = [];
  readonly ends: number[] = [];
  #room: ReturnType<typeof Promise.withResolvers<void>> | undefined;

  write(events: EventLines): void {
    this.written.push(...textsOf(events));
    this.ends.push(events.endPosition);
  }

  offer(events: EventLines): void {
    this.offered.push(...textsOf(events));
  }

  ready(): Promise<void> | undefined {
    return this.#room?.promise;
  }

  fill(): void {
    this.#room = Promise.withResolvers();
  }

  empty(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

function textsOf(lines: EventLines): string[] {
  return Array.from({ length: lines.length }, (_, i) =>
    Buffer.from(lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i)))
      .toString()
      .trimEnd(),
  );
}

/** Lets lines through that contain `text`. */
function containing(text: string): EventFilter {
  return {
    select(batch, numbers) {
      let count = 0;
      for (let i = 0; i < batch.count; i++) {
        if (Buffer.from(batch.line(i)).includes(text)) numbers[count++] = i;
      }
      return count;
    },
  };
}

/** Writes each event in capital letters, and counts how often it does. */
class Capitals implements EventEncoder {
  readonly format = "capitals";
  readonly encoded: string[] = [];

  encodeInto(batch: EventBatch, i: number, target: Uint8Array, at: number): number {
    const text = Buffer.from(batch.line(i)).toString().toUpperCase();
    const end = at + Buffer.byteLength(text);
    if (end > target.length) return end;
    this.encoded.push(text.trimEnd());
    Buffer.from(target.buffer).write(text, at);
    return end;
  }
}

const json = new TetragonJson();

describe("the bus", () => {
  test("hands each batch to everyone on it, in order", () => {
    const bus = new Bus();
    const [first, second] = [new Listener(), new Listener()];
    bus.join(first, { encoding: json });
    bus.join(second, { encoding: json });
    expect(bus.publish(batchOf(["1", "2"]))).toBeUndefined();
    expect(bus.publish(batchOf(["3"]))).toBeUndefined();
    expect(first.written).toEqual(["1", "2", "3"]);
    expect(second.written).toEqual(["1", "2", "3"]);
  });

  test("gives each subscriber what its filter lets through, and how far the stream has come", () => {
    const bus = new Bus();
    const [all, some, none] = [new Listener(), new Listener(), new Listener()];
    bus.join(all, { encoding: json });
    bus.join(some, { encoding: json, filter: containing("b") });
    bus.join(none, { encoding: json, filter: containing("z") });
    void bus.publish(batchOf(["ab", "c", "b", "d"]));
    expect(all.written).toEqual(["ab", "c", "b", "d"]);
    expect(some.written).toEqual(["ab", "b"]);
    expect(none.written).toEqual([]);
    expect([all.ends, some.ends, none.ends]).toEqual([[4], [4], [4]]);
  });

  test("lets subscribers join and leave while events flow, also from within", () => {
    const bus = new Bus();
    const [early, late] = [new Listener(), new Listener()];
    let leave = () => {};
    const once: Subscriber = {
      name: "once",
      write: () => leave(),
      offer: () => {},
      ready: () => undefined,
    };
    bus.join(early, { encoding: json });
    leave = bus.join(once, { encoding: json });
    void bus.publish(batchOf(["1"]));
    const leaveLate = bus.join(late, { encoding: json });
    void bus.publish(batchOf(["2"]));
    leaveLate();
    leaveLate();
    void bus.publish(batchOf(["3"]));
    expect(early.written).toEqual(["1", "2", "3"]);
    expect(late.written).toEqual(["2"]);
  });

  test("encodes an event once for each format that is asked for, and only those that somebody gets", () => {
    const bus = new Bus();
    const capitals = new Capitals();
    const encoding = new WrittenEncoding(capitals);
    const [plain, some, more] = [new Listener(), new Listener(), new Listener()];
    bus.join(plain, { encoding: json });
    bus.join(some, { encoding, filter: containing("b") });
    bus.join(more, { encoding, filter: containing("a") });
    void bus.publish(batchOf(["ab", "c", "b", "a"]));
    expect(plain.written).toEqual(["ab", "c", "b", "a"]);
    expect(some.written).toEqual(["AB", "B"]);
    expect(more.written).toEqual(["AB", "A"]);
    expect(capitals.encoded.toSorted()).toEqual(["A", "AB", "B"]);
    void bus.publish(batchOf(["a".repeat(100_000)]));
    expect(more.written.at(-1)).toBe("A".repeat(100_000));
    expect(more.written).toHaveLength(3);
  });

  test("runs a subscriber's own stages on a copy: nobody else sees what they change", () => {
    const bus = new Bus();
    const client = createTestPipeline({
      exportDenylist: '{"binary_regex":["b$"]}',
      fieldFilters: '{"fields":"process.arguments","action":"EXCLUDE"}',
    });
    const other = createTestPipeline({ redactionFilters: '{"redact":["secret=(.*)"]}' });
    const [all, some, redacted] = [new Listener(), new Listener(), new Listener()];
    bus.join(all, { encoding: json });
    bus.join(some, { encoding: new TetragonJson(), stages: client.pipeline });
    bus.join(redacted, { encoding: new TetragonJson(), stages: other.pipeline });
    const exec = (process: object) => JSON.stringify({ process_exec: { process }, node_name: "n" });
    const lines = [
      exec({ binary: "/bin/a", arguments: "secret=x" }),
      exec({ binary: "/bin/b", arguments: "y" }),
      exec({ binary: "/bin/c" }),
    ];
    const batch = batchOf(lines);
    // Changed before it came to the bus.
    batch.rewrite(2, exec({ binary: "/bin/d" }));
    void bus.publish(batch);
    expect(all.written).toEqual([lines[0]!, lines[1]!, exec({ binary: "/bin/d" })]);
    expect(some.written).toEqual([exec({ binary: "/bin/a" }), exec({ binary: "/bin/d" })]);
    expect(redacted.written).toEqual([
      exec({ binary: "/bin/a", arguments: "secret=*****" }),
      lines[1]!,
      exec({ binary: "/bin/d" }),
    ]);
    expect(client.counters).toMatchObject({ filtered: 1, accepted: 2 });
  });

  test("runs a subscriber's own stages on events that are values", () => {
    const bus = new Bus();
    const client = createTestPipeline({ fieldFilters: '{"fields":"process.pid","action":"EXCLUDE"}' });
    const [all, some] = [new Listener(), new Listener()];
    bus.join(all, { encoding: json });
    bus.join(some, { encoding: new TetragonJson(), stages: client.pipeline });
    const object = (place: number) => ({ process_exec: { process: { pid: place, binary: "/bin/a" } } });
    const batch = new EventBatch(new Uint8Array(0));
    batch.values = {
      object,
      writeLine: (target, i) => target.rewrite(i, JSON.stringify(object(target.start[i]!))),
    };
    batch.pushValue(0, 1);
    batch.pushValue(1, 2);
    // One that a stage has changed already.
    batch.change(1, { process_exec: { process: { pid: 7, binary: "/bin/b" } } });
    bus.offer(batch);
    expect(all.offered).toEqual([
      JSON.stringify(object(0)),
      '{"process_exec":{"process":{"pid":7,"binary":"/bin/b"}}}',
    ]);
    expect(some.offered).toEqual([
      '{"process_exec":{"process":{"binary":"/bin/a"}}}',
      '{"process_exec":{"process":{"binary":"/bin/b"}}}',
    ]);
  });

  test("has a source that can wait do so until everyone has room", async () => {
    const bus = new Bus();
    const [slow, slower] = [new Listener(), new Listener()];
    bus.join(slow, { encoding: json });
    bus.join(slower, { encoding: json });
    slow.fill();
    slower.fill();
    let isReady = false;
    const waiting = bus.publish(batchOf(["1"]))!.then(() => {
      isReady = true;
    });
    slow.empty();
    await Bun.sleep(1);
    expect(isReady).toBe(false);
    slower.empty();
    await waiting;
  });

  test("has nobody wait for who has left, and still for those who are here", async () => {
    const bus = new Bus();
    const [gone, slow] = [new Listener(), new Listener()];
    const leave = bus.join(gone, { encoding: json });
    bus.join(slow, { encoding: json });
    gone.fill();
    slow.fill();
    let isReady = false;
    const waiting = bus.publish(batchOf(["1"]))!.then(() => {
      isReady = true;
    });
    leave();
    await Bun.sleep(1);
    expect(isReady).toBe(false);
    slow.empty();
    await waiting;
    expect(bus.publish(batchOf(["2"]))).toBeUndefined();
    expect(gone.written).toEqual(["1"]);
  });

  test("never has a source wait that cannot", () => {
    const bus = new Bus();
    const slow = new Listener();
    bus.join(slow, { encoding: json });
    slow.fill();
    expect(bus.offer(batchOf(["1"]))).toBeUndefined();
    expect(slow.offered).toEqual(["1"]);
  });

  test("lets everyone go when the run is to end, and has nobody wait from then on", async () => {
    const bus = new Bus();
    const slow = new Listener();
    bus.join(slow, { encoding: json });
    slow.fill();
    const waiting = [bus.publish(batchOf(["1"])), bus.publish(batchOf(["2"]))];
    bus.release();
    await Promise.all(waiting);
    expect(bus.publish(batchOf(["3"]))).toBeUndefined();
    expect(slow.written).toEqual(["1", "2", "3"]);
  });
});

test("a subscriber that passes over a batch is not given it, and nothing is encoded for it", () => {
  const bus = new Bus();
  const passed: number[] = [];
  const listener = Object.assign(new Listener(), {
    passes(count: number) {
      passed.push(count);
      return passed.length === 1;
    },
  });
  let selected = 0;
  const filter: EventFilter = {
    select() {
      selected++;
      return 0;
    },
  };
  bus.join(listener, { encoding: new TetragonJson(), filter });
  bus.offer(batchOf(["a", "b"]));
  expect(selected).toBe(0);
  expect(bus.publish(batchOf(["c"]))).toBeUndefined();
  expect({ passed, selected }).toEqual({ passed: [2, 1], selected: 1 });
});
