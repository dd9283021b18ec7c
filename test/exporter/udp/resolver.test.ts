import { describe, expect, test } from "bun:test";
import { type Address, Resolver } from "../../../src/exporter/udp/resolver.ts";

const V4: Address = { host: "192.0.2.1", family: 2 };

/** A resolver over scripted answers; `seen` is everything it reported. */
function scripted(host: string, answers: (readonly Address[] | Error)[], intervalMs = 1) {
  const seen: (readonly Address[] | string)[] = [];
  let lookups = 0;
  const { promise: exhausted, resolve } = Promise.withResolvers<void>();
  const resolver = new Resolver({
    host,
    intervalMs,
    retryMs: 1,
    lookup: async () => {
      const answer = answers[lookups++];
      if (lookups >= answers.length) resolve();
      if (answer === undefined) throw new Error("no more answers");
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onAddresses: (addresses) => void seen.push(addresses),
    onFailure: (error) => void seen.push(String(error)),
  });
  return { resolver, seen, exhausted, lookups: () => lookups };
}

describe("Resolver", () => {
  test("reports an IP literal before start() returns and never looks it up", () => {
    for (const [host, family] of [
      ["127.0.0.1", 2],
      ["::1", 10],
      ["fe80::1%lo", 10],
    ] as const) {
      const { resolver, seen, lookups } = scripted(host, []);
      resolver.start();
      resolver.refresh();
      expect(seen).toEqual([[{ host, family }]]);
      expect(lookups()).toBe(0);
      resolver.stop();
    }
  });

  test("looks a name up again after failures until it resolves, and at the interval after that", async () => {
    const { resolver, seen, exhausted } = scripted("collector.test", [new Error("ENOTFOUND"), [V4], [V4]]);
    resolver.start();
    await exhausted;
    await Bun.sleep(0);
    resolver.stop();
    expect(seen.slice(0, 2)).toEqual(["Error: ENOTFOUND", [V4]]);
  });

  test("reports nothing after stop()", async () => {
    const { resolver, seen, exhausted } = scripted("collector.test", [[V4]], 60_000);
    resolver.start();
    resolver.stop();
    await exhausted;
    await Bun.sleep(0);
    expect(seen).toEqual([]);
  });
});
