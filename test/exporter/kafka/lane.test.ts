import { beforeEach, describe, expect, test } from "bun:test";
import { Batch, type BatchOwner } from "../../../src/exporter/kafka/batch.ts";
import { Lane } from "../../../src/exporter/kafka/lane.ts";

const ID = { producerId: 7n, epoch: 0 };

/** Somebody with lines. */
class Owner implements BatchOwner {
  moves = 0;
  encode() {
    return Promise.resolve({ rawBytes: 1, payload: new Uint8Array(1), compression: "none" } as never);
  }
  accepted() {}
  refused() {}
  replaced() {}
  moved() {
    this.moves++;
  }
}

describe("batches of a partition", () => {
  let lane: Lane;
  let owner: Owner;
  beforeEach(() => {
    lane = new Lane("tetragon", 0, ID);
    owner = new Owner();
  });

  /** Batches of one line each, that may be sent. */
  async function ready(count: number): Promise<Batch[]> {
    const batches = Array.from({ length: count }, (_, i) => new Batch(owner, lane, [i]));
    for (const batch of batches) {
      lane.add(batch);
      await batch.encode();
      batch.allow();
    }
    return batches;
  }

  /** As a producer does it. @returns What was sent. */
  function send(): Batch | undefined {
    const batch = lane.next(ID);
    if (batch === undefined) return undefined;
    batch.state = "sent";
    batch.wasSent = true;
    return batch;
  }

  /** All have been sent once, and are sent again; of none is it known whether it has arrived. */
  async function doubtful(count: number): Promise<Batch[]> {
    const batches = await ready(count);
    for (const batch of batches) batch.wasSent = true;
    return batches;
  }

  test("that are ready behind one that has failed are given up with it, whenever it failed", async () => {
    const [first, second] = await ready(2);
    send();
    lane.failed(first!, new Error("no answer"));
    expect(second!.state).toBe("waiting");
    // It has become ready for a reason of its own.
    second!.allow();
    expect(send()).toBeUndefined();
    expect(second).toMatchObject({
      state: "waiting",
      error: expect.objectContaining({ message: "no answer" }),
    });
  });

  test("one that is tried before its turn and is cut in two holds up nobody", async () => {
    const [first, second] = await doubtful(2);
    expect(send()).toBe(first!);
    first!.state = "ready";
    expect(lane.probe()).toBe(true);
    expect(send()).toBe(second!);
    const halves = [new Batch(owner, lane, [1]), new Batch(owner, lane, [2])];
    second!.state = "done";
    lane.replace(second!, halves);
    expect(send()).toBe(first!);
  });

  test("one that is tried before its turn is not tried again when numbers begin anew", async () => {
    const [first, second] = await doubtful(2);
    expect(send()).toBe(first!);
    first!.state = "ready";
    expect(lane.probe()).toBe(true);
    expect(send()).toBe(second!);
    second!.state = "ready";
    lane.renewLater();
    expect(send()).toBe(first!);
    expect(lane.sequenceOf(first!)).toEqual({ producerId: 7n, epoch: 1, sequence: 0 });
  });
});
