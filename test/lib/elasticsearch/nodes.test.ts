import { describe, expect, test } from "bun:test";
import { Nodes } from "../../../src/lib/elasticsearch/nodes.ts";

function nodesOf(...urls: string[]) {
  const clock = { now: 0 };
  const nodes = new Nodes(
    urls,
    () => clock.now,
    () => 0,
  );
  return { clock, nodes, take: (count: number) => Array.from({ length: count }, () => nodes.take().url) };
}

describe("Nodes", () => {
  test("are asked in turn", () => {
    const { take } = nodesOf("a", "b", "c");
    expect(take(4)).toEqual(["a", "b", "c", "a"]);
  });

  test("one that fails is set aside, and tried again when its time is up", () => {
    const { nodes, take, clock } = nodesOf("a", "b");
    nodes.failed(nodes.take());
    expect(take(3)).toEqual(["b", "b", "b"]);
    clock.now = 1000;
    expect(take(2).sort()).toEqual(["a", "b"]);
  });

  test("one that goes on failing is set aside for longer each time, a minute at most", () => {
    const { nodes, clock } = nodesOf("a");
    const waits = Array.from({ length: 8 }, () => {
      nodes.failed(nodes.take());
      const wait = nodes.take().asideUntil - clock.now;
      clock.now += wait;
      return wait;
    });
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test("several requests that fail for one reason count once", () => {
    const { nodes } = nodesOf("a");
    const node = nodes.take();
    for (let i = 0; i < 4; i++) nodes.failed(node);
    expect(node.asideUntil).toBe(1000);
  });

  test("where all are set aside, the one whose time is up first is asked", () => {
    const { nodes, clock } = nodesOf("a", "b");
    const first = nodes.take();
    nodes.failed(first);
    clock.now = 500;
    nodes.failed(nodes.take());
    expect(nodes.take().url).toBe(first.url);
  });

  test("one that has answered is as before", () => {
    const { nodes, take } = nodesOf("a", "b");
    const node = nodes.take();
    nodes.failed(node);
    nodes.worked(node);
    expect(take(2).sort()).toEqual(["a", "b"]);
  });
});
