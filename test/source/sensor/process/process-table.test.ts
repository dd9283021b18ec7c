import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { highHalf, lowHalf } from "../../../../src/source/sensor/event/clock.ts";
import { UNKNOWN_IMAGE } from "../../../../src/source/sensor/process/image.ts";
import { MAX_ANCESTORS, Process } from "../../../../src/source/sensor/process/process.ts";
import { ProcessTable } from "../../../../src/source/sensor/process/process-table.ts";

let clock = 0n;
const SECOND = 1_000_000_000n;

/** A process that began at a time of its own. */
function begin(pid: number, parent?: Process): Process {
  clock += SECOND;
  return new Process(
    {
      pid,
      startHigh: highHalf(clock),
      startLow: lowHalf(clock),
      timeHigh: highHalf(clock),
      timeLow: lowHalf(clock),
      parentExecId: new Uint8Array(),
      flags: 0,
      image: UNKNOWN_IMAGE,
    },
    parent,
  );
}

/** What the table knows as that process. */
function find(table: ProcessTable, pid: number, start: bigint): Process | undefined {
  return table.find(pid, highHalf(start), lowHalf(start));
}

describe("ProcessTable", () => {
  test("find() knows a process by pid and start, to 10 ms", () => {
    const table = new ProcessTable(10, false);
    const process = begin(1);
    table.add(process);
    expect(find(table, 1, clock + 9_999_999n)).toBe(process);
    // Now the table knows the start to the nanosecond, and takes the one of procfs all the same.
    expect(find(table, 1, clock + 9_999_999n)).toBe(process);
    expect(find(table, 1, clock)).toBe(process);
    expect(find(table, 2, clock)).toBeUndefined();
  });

  test("find() takes a pid that is used again for the end of its last owner", () => {
    const table = new ProcessTable(10, false);
    const first = begin(1);
    table.add(first);
    expect(find(table, 1, clock + 20_000_000n)).toBeUndefined();
    expect(first.isLive).toBe(false);
    expect(table.size).toBe(0);
  });

  test("find() leaves the owner of a pid alone when it is asked for an earlier one", () => {
    const table = new ProcessTable(10, false);
    const process = begin(1);
    table.add(process);
    expect(find(table, 1, clock - SECOND)).toBeUndefined();
    expect(process.isLive).toBe(true);
    expect(find(table, 1, clock)).toBe(process);
  });

  test("a parent stays until its last child is gone", () => {
    const table = new ProcessTable(10, false);
    const parent = begin(1);
    table.add(parent);
    const children = [begin(2, parent), begin(3, parent)];
    for (const child of children) table.add(child);
    expect(parent.references).toBe(3);
    table.end(parent);
    expect(table.size).toBe(3);
    expect(children[0]?.parent).toBe(parent);
    table.end(children[0]!);
    expect(table.size).toBe(2);
    table.end(children[1]!);
    expect(table.size).toBe(0);
  });

  test("ended parents let go of theirs, unless ancestors are kept", () => {
    for (const keepsAncestors of [false, true]) {
      const table = new ProcessTable(10, keepsAncestors);
      const first = begin(1);
      const second = begin(2, first);
      const third = begin(3, second);
      for (const process of [first, second, third]) table.add(process);
      table.end(first);
      table.end(second);
      expect(table.size).toBe(keepsAncestors ? 3 : 2);
      expect(third.parent?.parent).toBe(keepsAncestors ? first : undefined);
      table.end(third);
      expect(table.size).toBe(0);
    }
  });

  test("a new image takes the place of the last one, which stays as its parent", () => {
    const table = new ProcessTable(10, false);
    const first = begin(1);
    table.add(first);
    const second = begin(1, first);
    table.add(second);
    expect(table.findByPid(1)).toBe(second);
    expect([first.isLive, first.references, table.size]).toEqual([false, 1, 2]);
    table.add(begin(1, second));
    expect(table.size).toBe(2);
  });

  test("a process that executes on and on holds no more ancestors than are reported", () => {
    const table = new ProcessTable(10_000, true);
    const first = begin(2);
    table.add(first);
    let last = begin(1, first);
    for (let i = 0; i < 300; i++) {
      table.add(last);
      last = begin(1, last);
    }
    table.add(last);
    // The image that runs, its parent, the ancestors, and the one that they began with, which runs.
    expect(table.size).toBe(1 + 1 + MAX_ANCESTORS + 1);
    expect(first.references).toBe(1);
    table.end(last);
    expect(table.size).toBe(1);
  });

  test("a running ancestor keeps its parent however far below others begin", () => {
    const table = new ProcessTable(10_000, true);
    const line: Process[] = [];
    for (let pid = 1; pid <= 200; pid++) {
      line.push(begin(pid, line.at(-1)));
      table.add(line.at(-1)!);
    }
    expect(line.slice(1).every((process, index) => process.parent === line[index])).toBe(true);
  });

  test("what was forgotten still counts its children, who report it as their parent", () => {
    for (const isLive of [true, false]) {
      const table = new ProcessTable(3, false);
      const parent = begin(1);
      table.add(parent);
      const children = [begin(2, parent), begin(3, parent), begin(4, parent)];
      table.add(children[0]!);
      table.add(children[1]!);
      if (!isLive) table.end(parent);
      for (const child of children) table.retain(child);
      table.add(children[2]!);
      expect([table.evictions, parent.isLive, parent.references]).toEqual([1, false, 3]);
      for (const child of children) table.end(child);
      expect(parent.references).toBe(0);
    }
  });

  test("of running processes those without children are forgotten first", () => {
    const table = new ProcessTable(3, false);
    const parent = begin(1);
    table.add(parent);
    table.add(begin(2, parent));
    table.add(begin(3, parent));
    table.add(begin(4, parent));
    expect(table.findByPid(1)).toBe(parent);
    expect(table.findByPid(2)).toBeUndefined();
  });

  test("a full table forgets what ended first, then what began first", () => {
    const table = new ProcessTable(2, false);
    const parent = begin(1);
    table.add(parent);
    table.add(begin(2, parent));
    table.end(parent);
    table.add(begin(3));
    expect([table.size, table.evictions]).toEqual([2, 1]);
    expect(table.findByPid(2)).toBeDefined();
    table.add(begin(4));
    expect(table.findByPid(2)).toBeUndefined();
    expect([table.size, table.evictions]).toEqual([2, 2]);
  });

  test("retain() keeps a process that has ended", () => {
    const table = new ProcessTable(10, false);
    const process = begin(1);
    table.add(process);
    table.retain(process);
    table.end(process);
    expect(table.size).toBe(1);
    table.release(process);
    expect(table.size).toBe(0);
  });

  test("whatever happens, it is bounded, and empty when all have ended", () => {
    const action = fc.record({
      act: fc.constantFrom("fork", "exec", "end"),
      pid: fc.nat(9),
      parent: fc.nat(9),
    });
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        (actions, capacity, keepsAncestors) => {
          const table = new ProcessTable(capacity, keepsAncestors);
          for (const { act, pid, parent } of actions) {
            const process = table.findByPid(pid);
            if (act === "end") {
              if (process !== undefined) table.end(process);
            } else {
              table.add(begin(pid, act === "exec" ? process : table.findByPid(parent)));
            }
            expect(table.size).toBeLessThanOrEqual(capacity);
            for (let live = 0; live < 10; live++) {
              let at = table.findByPid(live);
              for (; at !== undefined; at = at.parent) expect(at.references).toBeGreaterThan(0);
            }
          }
          for (let pid = 0; pid < 10; pid++) {
            const process = table.findByPid(pid);
            if (process !== undefined) table.end(process);
          }
          expect(table.size).toBe(0);
        },
      ),
    );
  });
});
