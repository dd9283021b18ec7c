import { describe, expect, test } from "bun:test";
import { Congestion } from "../../../src/exporter/udp/congestion.ts";

describe("Congestion", () => {
  test("never gives up while datagrams of its own are under way", () => {
    const congestion = new Congestion();
    for (let now = 0; now < 60_000; now += 5) expect(congestion.isHopeless(300, 1, now)).toBe(false);
  });

  test("gives up a datagram that finds no room for long although nothing is under way, then others as long at once", () => {
    const congestion = new Congestion();
    expect(congestion.isHopeless(9000, 0, 0)).toBe(false);
    expect(congestion.isHopeless(9000, 0, 199)).toBe(false);
    expect(congestion.isHopeless(9000, 0, 200)).toBe(true);
    expect(congestion.isHopeless(9000, 0, 201)).toBe(true);
    expect(congestion.isHopeless(20_000, 0, 202)).toBe(true);
    expect(congestion.isHopeless(8999, 0, 203)).toBe(false);
  });

  test("forgets what it knows of a length once one as long has left, not a shorter one", () => {
    const congestion = new Congestion();
    congestion.isHopeless(9000, 0, 0);
    expect(congestion.isHopeless(9000, 0, 200)).toBe(true);
    congestion.left(300);
    expect(congestion.isHopeless(9000, 0, 300)).toBe(true);
    congestion.left(9000);
    expect(congestion.isNoted).toBe(false);
    expect(congestion.isHopeless(9000, 0, 400)).toBe(false);
  });

  test("starts to wait anew when something is under way in between", () => {
    const congestion = new Congestion();
    expect(congestion.isHopeless(300, 0, 0)).toBe(false);
    expect(congestion.isHopeless(300, 700, 150)).toBe(false);
    expect(congestion.isHopeless(300, 0, 250)).toBe(false);
    expect(congestion.isHopeless(300, 0, 450)).toBe(true);
  });
});
