import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "../../e2e/certificates.ts";
import { batchOf, numbered, patient, start, temporaryDirectory, until } from "../support.ts";
import { FakeCluster, type TlsOfCluster } from "./fake-cluster.ts";
import { exporterTo } from "./support.ts";

/** Two authorities, and a certificate of the first for nodes and for clients. */
function makeAll(directory: string) {
  const authority = makeAuthority(directory, "ours");
  const other = makeAuthority(directory, "theirs");
  const node = makeCertificate(directory, "node", authority);
  const client = makeCertificate(directory, "client", authority);
  const text = (path: string) => readFileSync(path, "utf8");
  const serverTls: TlsOfCluster = { cert: text(node.cert), key: text(node.key) };
  const askingTls: TlsOfCluster = {
    ...serverTls,
    ca: text(authority.cert),
    requestCert: true,
    rejectUnauthorized: true,
  };
  return { authority, other, client, serverTls, askingTls };
}

describe.skipIf(!HAS_OPENSSL)("TLS", () => {
  test("a node whose certificate a known authority has signed for its name gets the events", async () => {
    using directory = temporaryDirectory();
    const { authority, serverTls } = makeAll(directory.path);
    await using cluster = new FakeCluster(0, serverTls);
    const { exporter, settings } = exporterTo(`https://localhost:${cluster.port}`, {
      "elasticsearch-tls-ca-files": [authority.cert],
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(10);
  });

  test("one of an unknown authority gets nothing: the log says why, and a right file is taken as soon as it is there", async () => {
    using directory = temporaryDirectory();
    const { authority, other, serverTls } = makeAll(directory.path);
    await using cluster = new FakeCluster(0, serverTls);
    const file = join(directory.path, "ca.pem");
    await Bun.write(file, readFileSync(other.cert));
    const { exporter, settings, messages } = exporterTo(`https://localhost:${cluster.port}`, {
      "elasticsearch-tls-ca-files": [file],
      "elasticsearch-api-key": "id:key",
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await until(() => settings.counters.retries > 0, "it was tried");
    expect(messages.join("\n")).toContain("its certificate is");
    expect(cluster.asked).toEqual([]);
    await Bun.write(file, readFileSync(authority.cert));
    exporter.reload?.();
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(10);
  });

  test("verification none takes any certificate", async () => {
    using directory = temporaryDirectory();
    await using cluster = new FakeCluster(0, makeAll(directory.path).serverTls);
    const { exporter, settings } = exporterTo(`https://localhost:${cluster.port}`, {
      "elasticsearch-tls-verification": "none",
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(10);
  });

  test("a node that asks for a certificate gets it", async () => {
    using directory = temporaryDirectory();
    const { authority, client, askingTls } = makeAll(directory.path);
    await using cluster = new FakeCluster(0, askingTls);
    const { exporter, settings } = exporterTo(`https://localhost:${cluster.port}`, {
      "elasticsearch-tls-ca-files": [authority.cert],
      "elasticsearch-tls-cert-file": client.cert,
      "elasticsearch-tls-key-file": client.key,
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 10)));
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(10);
  });
});
