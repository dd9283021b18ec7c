import { expect, test } from "bun:test";
import { SpanSender } from "../../../src/exporter/otlp/traces/span-sender.ts";
import type { Transport, Verdict } from "../../../src/exporter/otlp/transport.ts";
import { createTestLog, until } from "../support.ts";

const TAKEN: Verdict = { kind: "taken", rejected: 0, message: "" };
const refused = (isTooLarge = false): Verdict => ({ kind: "refused", error: new Error("no"), isTooLarge });

/** A sender of spans that are texts, to a receiver that judges requests of them. */
function senderTo(judge: (spans: readonly string[], bytes: number) => Verdict) {
  const requests: string[][] = [];
  const taken: string[] = [];
  const transport: Transport = {
    description: "test",
    open: async () => {},
    async send(body) {
      const spans = body.toString().match(/<[^>]*>/g) ?? [];
      requests.push(spans);
      const verdict = judge(spans, body.length);
      if (verdict.kind === "taken") taken.push(...spans);
      return verdict;
    },
    close() {},
  };
  const sender = new SpanSender({
    ...{ name: "otlp", transport, log: createTestLog().log, lingerMs: 1 },
    head: () => ({ resource: Buffer.alloc(0), scope: Buffer.alloc(0) }),
    backoff: { initialMs: 1, maxMs: 2, factor: 2, jitter: 0, giveUpMs: Number.POSITIVE_INFINITY },
    ...{ maxItems: 512, maxRequestBytes: 100_000, maxBytes: 10_000_000 },
  });
  const add = (names: readonly string[]) => {
    for (const name of names) sender.add(Buffer.from(`<${name}>`));
    return names.map((name) => `<${name}>`);
  };
  return { sender, add, requests, taken };
}

const names = (count: number, padding: number) =>
  Array.from({ length: count }, (_, i) => `${i}:${"x".repeat(padding)}`);

test("requests of spans keep to bytes as well, and are smaller once one was too large", async () => {
  const sizes: number[] = [];
  const { sender, add, taken } = senderTo((spans, bytes) => {
    sizes.push(bytes);
    return bytes > 20_000 && spans.length > 1 ? refused(true) : TAKEN;
  });
  const all = add([...names(200, 1000), `large:${"y".repeat(200_000)}`, ...names(3, 5)]);
  await sender.close();
  expect(taken).toEqual(all);
  expect(sender.counts).toEqual({ sent: 204, refused: 0, dropped: 0 });
  expect(Math.max(...sizes.filter((size) => size < 200_000))).toBeLessThan(110_000);
  expect(sizes.filter((size) => size > 20_000).length).toBeLessThan(6);
});

test("a span that is refused loses no others, and costs few requests", async () => {
  const { sender, add, requests, taken } = senderTo((spans) =>
    spans.some((span) => span.startsWith("<77:")) ? refused() : TAKEN,
  );
  const all = add(names(500, 50));
  await sender.close();
  expect(taken).toEqual(all.filter((span) => !span.startsWith("<77:")));
  expect(sender.counts).toEqual({ sent: 499, refused: 1, dropped: 0 });
  expect(requests.length).toBeLessThan(40);
});

test("where all are refused, few requests are made", async () => {
  const { sender, add, requests } = senderTo(() => refused());
  add(names(500, 50));
  await sender.close();
  expect(sender.counts.refused).toBe(500);
  expect(requests.length).toBeLessThan(40);
});

test("the end waits for no receiver that wants to be asked later", async () => {
  let isLater = true;
  const { sender, add, requests, taken } = senderTo(() =>
    isLater ? { kind: "later", error: new Error("busy"), retryAfterMs: 300_000 } : TAKEN,
  );
  const all = add(names(3, 5));
  await until(() => requests.length === 1, "it was asked");
  await Bun.sleep(0);
  isLater = false;
  await sender.close();
  expect(taken).toEqual(all);
});
