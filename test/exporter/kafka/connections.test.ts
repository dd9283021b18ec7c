import { expect, test } from "bun:test";
import { Broker } from "../../../src/exporter/kafka/broker.ts";
import type { Question } from "../../../src/exporter/kafka/question.ts";
import { writeMetadata } from "../../../src/lib/kafka/requests.ts";
import { until } from "../support.ts";
import { TestCluster } from "./broker.ts";

function brokerOf(cluster: TestCluster): Broker {
  const [, port] = cluster.addresses[0]!.split(":");
  return new Broker(
    { host: "localhost", port: Number(port) },
    {
      isTls: false,
      timeoutMs: 10_000,
      identity: () => ({ tls: { verification: "full" }, credentials: undefined }),
      onRefused() {},
    },
  );
}

const topics = (more: () => void = () => {}): Question => ({
  name: "metadata",
  write(to) {
    more();
    writeMetadata(to, ["tetragon"], true);
  },
});

/** @returns What became of each: "answered", or why not. */
async function fates(questions: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(questions);
  return settled.map((one) => (one.status === "fulfilled" ? "answered" : (one.reason as Error).message));
}

test("a connection that ends while one request is written takes those that wait behind it with it", async () => {
  using cluster = new TestCluster();
  const broker = brokerOf(cluster);
  // All wait until there is a connection; it ends between the first and the second.
  const asked = [broker.ask(topics(() => broker.close())), broker.ask(topics()), broker.ask(topics())];
  expect(await fates(asked)).toEqual(Array(3).fill(expect.stringContaining("closed")));
});

test("after a connection that was cut there is another one, however soon it was", async () => {
  using cluster = new TestCluster();
  const broker = brokerOf(cluster);
  for (let i = 0; i < 20; i++) {
    await broker.ask(topics());
    cluster.cut();
    const asked = Array.from({ length: 5 }, () => broker.ask(topics()));
    await fates(asked);
    await until(async () => (await fates([broker.ask(topics())]))[0] === "answered", "an answer");
  }
  broker.close();
});
