/** Into a real broker: `npm run acceptance -- outputs`. Some minutes: a broker that was killed takes ten seconds to listen. */
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KafkaValues } from "../../../src/exporter/kafka/options.ts";
import { makeAuthority, makeCertificate } from "../../e2e/certificates.ts";
import { batchOf, metadataOf, numbered, start, temporaryDirectory } from "../support.ts";
import { freePort, LossyProxy, RealBroker, waitFor } from "./real-broker.ts";
import { exporterTo } from "./support.ts";

const KILLS = Number(process.env.TETRAD_TEST_KILLS ?? 20);
const INIT = '{"event":"agent_init"}';
const HOUR_MS = 3_600_000;

const numbersOf = (values: readonly string[]) => values.map((value) => JSON.parse(value).n as number);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

test(
  `over ${KILLS} kills of the broker and lost answers each event is in the topic once, in order`,
  async () => {
    using directory = temporaryDirectory();
    let port = 0;
    using proxy = new LossyProxy(() => port);
    await using broker = await RealBroker.start({
      directory: directory.path,
      properties: async () => [`advertised.listeners=PLAINTEXT://127.0.0.1:${proxy.port}`],
    });
    port = broker.port;
    proxy.every = 15;
    const { exporter, settings, messages } = exporterTo(
      [`127.0.0.1:${proxy.port}`],
      {
        "kafka-workers": 5,
        "kafka-batch-max-size": 100,
        "kafka-timeout": 20_000,
        "kafka-backoff-init": 50,
        "kafka-backoff-max": 500,
      },
      { metadata: metadataOf(`${INIT}\n`), queue: { maxEvents: 2000, maxBytes: 8 * 1024 ** 2 } },
    );
    await start(exporter);
    let [written, isOver] = [0, false];
    const writing = (async () => {
      while (!isOver) {
        exporter.write(batchOf(numbered(written, 50, 300), written));
        written += 50;
        await exporter.ready();
        await Bun.sleep(2);
      }
    })();
    for (let kill = 0; kill < KILLS; kill++) {
      const before = settings.counters.exported;
      await waitFor(
        () => settings.counters.exported > before + 2000,
        () => `events, ${messages.at(-1)}`,
      );
      await broker.kill();
      await broker.revive();
    }
    const before = settings.counters.exported;
    await waitFor(
      () => settings.counters.exported > before + 5000,
      () => `events, ${messages.at(-1)}`,
    );
    isOver = true;
    await writing;
    await exporter.stop(AbortSignal.timeout(60_000));
    expect(settings.counters.exported).toBe(written);
    expect(proxy.lost).toBeGreaterThan(KILLS);
    const [first, ...others] = await readFrom(broker, "tetragon");
    expect(first).toBe(INIT);
    expect(numbersOf(others)).toEqual(upTo(written));
    console.log(`${written} events, ${KILLS} kills, ${proxy.lost} lost answers`);
  },
  HOUR_MS,
);

/** The proxy is left out: the consumer goes where the broker says. */
const readFrom = (broker: RealBroker, topic: string) => broker.values(topic);

describe("TLS and SASL", () => {
  const directory = temporaryDirectory();
  const ports = { secure: freePort(), mutual: freePort() };
  const authority = makeAuthority(directory.path, "ours");
  const other = makeAuthority(directory.path, "theirs");
  const server = makeCertificate(directory.path, "server", authority);
  const client = makeCertificate(directory.path, "client", authority);
  const keys = join(directory.path, "server-all.pem");
  writeFileSync(keys, readFileSync(server.key, "utf8") + readFileSync(server.cert, "utf8"));
  let broker: RealBroker | undefined;
  afterAll(async () => {
    await broker?.kill();
    directory[Symbol.dispose]();
  });

  const started = async () => {
    broker ??= await RealBroker.start({
      directory: directory.path,
      users: ["SCRAM-SHA-256=[name=bob,password=secret]", "SCRAM-SHA-512=[name=bob,password=secret]"],
      properties: async (port) => [
        `listeners=PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${ports.secure},SSL://127.0.0.1:${ports.mutual},CONTROLLER://127.0.0.1:${port + 1}`,
        `advertised.listeners=PLAINTEXT://127.0.0.1:${port},SASL_SSL://localhost:${ports.secure},SSL://localhost:${ports.mutual}`,
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "connections.max.reauth.ms=3000",
        'listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_bob="secret" user_alice="secret";',
        ...["256", "512"].map(
          (size) =>
            `listener.name.sasl_ssl.scram-sha-${size}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
        ),
        "ssl.keystore.type=PEM",
        `ssl.keystore.location=${keys}`,
        "ssl.truststore.type=PEM",
        `ssl.truststore.location=${authority.cert}`,
        "listener.name.ssl.ssl.client.auth=required",
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users=User:ANONYMOUS;User:bob;User:CN=client",
      ],
    });
    return broker;
  };
  const secure = () => [`tls://localhost:${ports.secure}`];
  const sasl = (mechanism: KafkaValues["kafka-sasl-mechanism"], user = "bob", password = "secret") => ({
    "kafka-tls-ca-files": [authority.cert],
    "kafka-sasl-mechanism": mechanism,
    "kafka-sasl-username": user,
    "kafka-sasl-password": password,
  });

  async function expectTaken(brokers: readonly string[], values: Partial<KafkaValues>, topic: string) {
    const { exporter, settings, messages } = exporterTo(brokers, { "kafka-topic": topic, ...values });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 500)));
    await waitFor(
      () => settings.counters.exported === 500,
      () => messages.join("\n"),
    );
    // Longer than a session lasts.
    await Bun.sleep(3500);
    exporter.write(batchOf(numbered(500, 500), 500));
    await waitFor(
      () => settings.counters.exported === 1000,
      () => messages.join("\n"),
    );
    await exporter.stop(AbortSignal.timeout(60_000));
    expect(numbersOf(await broker!.values(topic))).toEqual(upTo(1000));
  }

  async function complaint(brokers: readonly string[], values: Partial<KafkaValues>): Promise<string> {
    const { exporter, settings, messages } = exporterTo(brokers, { "kafka-topic": "refused", ...values });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await waitFor(
      () => settings.counters.retries > 0,
      () => "it was tried",
    );
    await exporter.stop(AbortSignal.abort());
    return messages.join("\n");
  }

  test.each(["plain", "scram-sha-256", "scram-sha-512"] as const)(
    "a user by %s is taken, also when its session ends; a wrong password is said",
    async (mechanism) => {
      await started();
      await expectTaken(secure(), sasl(mechanism), `by-${mechanism}`);
      expect(await complaint(secure(), sasl(mechanism, "bob", "wrong"))).toContain(
        'it refuses user \\"bob\\"',
      );
    },
    HOUR_MS,
  );

  test(
    "a client certificate is taken; none, and an authority that is not known, are said",
    async () => {
      await started();
      const brokers = [`tls://localhost:${ports.mutual}`];
      const ca = { "kafka-tls-ca-files": [authority.cert] };
      const own = { "kafka-tls-cert-file": client.cert, "kafka-tls-key-file": client.key };
      await expectTaken(brokers, { ...ca, ...own }, "by-certificate");
      expect(await complaint(brokers, ca)).toContain("--kafka-tls-cert-file");
      expect(await complaint(brokers, { ...own, "kafka-tls-ca-files": [other.cert] })).toContain(
        "--kafka-tls-ca-files",
      );
    },
    HOUR_MS,
  );

  test(
    "a user without rights is said, and so are plain words to a broker that speaks TLS",
    async () => {
      await started();
      expect(await complaint(secure(), sasl("plain", "alice"))).toContain("TOPIC_AUTHORIZATION_FAILED");
      expect(await complaint([`localhost:${ports.secure}`], {})).toContain("it may want TLS");
    },
    HOUR_MS,
  );
});
