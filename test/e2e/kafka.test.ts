/** The executable and a Kafka cluster of the tests' own. */
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { TestCluster } from "../exporter/kafka/broker.ts";
import { cleanUp, EVENTS, onEnd, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

function startCluster(options: ConstructorParameters<typeof TestCluster>[0] = {}): TestCluster {
  const cluster = new TestCluster(options);
  onEnd(() => cluster[Symbol.dispose]());
  return cluster;
}

const inputOf = (events: readonly string[]) => `${events.join("\n")}\n`;

test("events are in the topic as they were, agent_init first, with a user and zstd", async () => {
  const cluster = startCluster({ user: { name: "tetrad", password: "secret" } });
  const directory = temporaryDirectory();
  const password = join(directory, "password");
  await Bun.write(password, "secret\n");
  const { code } = await runTetrad(
    [
      ...[`--kafka-brokers=${cluster.addresses}`, "--kafka-topic=events", "--event-source=stdin"],
      ...["--kafka-sasl-mechanism=scram-sha-512", "--kafka-sasl-username=tetrad"],
      `--kafka-sasl-password-file=${password}`,
    ],
    { input: inputOf(EVENTS) },
  );
  expect(code).toBe(0);
  // By the key of the node, which is not the same in all of the samples.
  const [first, ...others] = cluster.values("events");
  expect(JSON.parse(first!).event).toBe("agent_init");
  expect(others.slice(0, EVENTS.length)).toEqual([...EVENTS]);
});

test("over answers that are lost, and brokers that are away, each event is there once", async () => {
  const cluster = startCluster({ brokers: 2, partitions: 3 });
  const directory = temporaryDirectory();
  let count = 0;
  cluster.fault = () => (++count % 4 === 0 ? "lose-answer" : "none");
  const agent = startTetrad([
    ...[`--kafka-brokers=${cluster.addresses.join(",")}`, "--event-source=stdin", "--kafka-key=exec-id"],
    ...[`--kafka-queue-dir=${join(directory, "queue")}`, "--kafka-batch-max-size=10", "--kafka-linger=1ms"],
    ...["--kafka-backoff-init=10ms", "--kafka-backoff-max=100ms"],
  ]);
  const events = Array.from({ length: 10 }, (_, i) =>
    EVENTS.map((event) => event.replace(/\}$/, `,"cluster_name":"c-${i}"}`)),
  ).flat();
  const write = async (some: readonly string[]) => {
    agent.process.stdin.write(inputOf(some));
    await agent.process.stdin.flush();
  };
  await write(events.slice(0, 150));
  await until(() => cluster.values().length > 100, "the first events");
  cluster.kill();
  await write(events.slice(150));
  await agent.logged("Cannot write events");
  cluster.revive();
  agent.process.stdin.end();
  expect(await agent.exit()).toBe(0);
  const arrived = cluster.values().filter((value) => !value.includes('"event":"agent_'));
  expect(arrived.toSorted()).toEqual(events.toSorted());
  expect(cluster.duplicates).toBeGreaterThan(0);
});

test("a wrong option is one line", async () => {
  const { code, stderr } = await runTetrad(["--kafka-brokers=tls://a,b", "--event-source=stdin"], {
    input: "",
  });
  expect(code).toBe(2);
  expect(stderr).toContain("found some with tls:// and some without");
});
