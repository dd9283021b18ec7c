import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "../../e2e/certificates.ts";
import { batchOf, numbered, patient, start, temporaryDirectory, until } from "../support.ts";
import { TestCluster } from "./broker.ts";
import { exporterTo } from "./support.ts";

function makeAll(directory: string) {
  const authority = makeAuthority(directory, "ours");
  const other = makeAuthority(directory, "theirs");
  const server = makeCertificate(directory, "server", authority);
  const client = makeCertificate(directory, "client", authority);
  const text = (path: string) => readFileSync(path, "utf8");
  const tls = { cert: text(server.cert), key: text(server.key) };
  return { authority, other, client, tls, asking: { ...tls, ca: text(authority.cert) } };
}

describe.skipIf(!HAS_OPENSSL)("TLS", () => {
  test("brokers whose certificates a known authority has signed get the events", async () => {
    using directory = temporaryDirectory();
    const { authority, tls } = makeAll(directory.path);
    using cluster = new TestCluster({ tls, brokers: 2, partitions: 2 });
    const { exporter, settings } = exporterTo(cluster.addresses, {
      "kafka-tls-ca-files": [authority.cert],
      "kafka-key": "none",
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1000)));
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(1000);
    expect(cluster.values()).toHaveLength(1000);
  });

  test("one of an unknown authority gets nothing, and the log names the option", async () => {
    using directory = temporaryDirectory();
    const { other, tls } = makeAll(directory.path);
    using cluster = new TestCluster({ tls });
    const { exporter, settings, messages } = exporterTo(cluster.addresses, {
      "kafka-tls-ca-files": [other.cert],
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await until(() => settings.counters.retries > 0, "it was tried");
    await exporter.stop(AbortSignal.abort());
    expect(messages.join("\n")).toContain("its certificate is not trusted");
    expect(messages.join("\n")).toContain("--kafka-tls-ca-files");
    expect(cluster.values()).toEqual([]);
  });

  test("one that asks for a certificate takes the agent's; without one the log names the option", async () => {
    using directory = temporaryDirectory();
    const { authority, client, asking } = makeAll(directory.path);
    using cluster = new TestCluster({ tls: asking });
    const own = { "kafka-tls-ca-files": [authority.cert] };
    const nobody = exporterTo(cluster.addresses, own);
    await start(nobody.exporter);
    nobody.exporter.write(batchOf(numbered(0, 5)));
    await until(() => nobody.settings.counters.retries > 1, "it was tried");
    await nobody.exporter.stop(AbortSignal.abort());
    expect(nobody.messages.join("\n")).toContain("--kafka-tls-cert-file");
    const known = exporterTo(cluster.addresses, {
      ...own,
      "kafka-tls-cert-file": client.cert,
      "kafka-tls-key-file": client.key,
    });
    await start(known.exporter);
    known.exporter.write(batchOf(numbered(0, 5)));
    await known.exporter.stop(patient());
    expect(cluster.values()).toEqual(numbered(0, 5));
  });
});
