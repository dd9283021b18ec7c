import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  HAS_OPENSSL,
  makeAuthority,
  makeCertificate,
  makeExpiredCertificate,
} from "../../e2e/certificates.ts";
import { batchOf, numbered, patient, start, temporaryDirectory, until } from "../support.ts";
import { exporterTo } from "./support.ts";
import { type ServerTls, SyslogServer } from "./syslog-server.ts";

function makeAll(directory: string) {
  const authority = makeAuthority(directory, "ours");
  const other = makeAuthority(directory, "theirs");
  const server = makeCertificate(directory, "server", authority);
  const client = makeCertificate(directory, "client", authority);
  const text = (path: string) => readFileSync(path, "utf8");
  const tls: ServerTls = { cert: text(server.cert), key: text(server.key) };
  return { authority, other, client, tls, asking: { ...tls, ca: text(authority.cert) } };
}

describe.skipIf(!HAS_OPENSSL)("TLS", () => {
  test("a server whose certificate a known authority has signed for its name gets the events", async () => {
    using directory = temporaryDirectory();
    const { authority, tls } = makeAll(directory.path);
    using server = new SyslogServer("octet-counting", { tls });
    const { exporter, settings } = exporterTo([`tls://localhost:${server.port}`], {
      "syslog-tls-ca-files": [authority.cert],
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1000)));
    await exporter.stop(patient());
    expect(settings.counters.exported).toBe(1000);
    await until(() => server.messages.length === 1000, "all messages");
    expect(server.events).toEqual(numbered(0, 1000));
  });

  test.each(["full", "certificate"] as const)(
    "one of an unknown authority gets nothing (%s): the log says why, and a right file is taken as soon as it is there",
    async (verification) => {
      using directory = temporaryDirectory();
      const { authority, other, tls } = makeAll(directory.path);
      using server = new SyslogServer("octet-counting", { tls });
      const file = join(directory.path, "ca.pem");
      await Bun.write(file, readFileSync(other.cert));
      const { exporter, settings, messages } = exporterTo([`tls://localhost:${server.port}`], {
        "syslog-tls-ca-files": [file],
        "syslog-tls-verification": verification,
      });
      await start(exporter);
      exporter.write(batchOf(numbered(0, 10)));
      await until(() => settings.counters.retries > 0, "it was tried");
      expect(messages.join("\n")).toContain("its certificate is not trusted");
      expect(messages.join("\n")).toContain("--syslog-tls-ca-files");
      expect(server.messages).toEqual([]);
      await Bun.write(file, readFileSync(authority.cert));
      await exporter.stop(patient());
      expect(settings.counters.exported).toBe(10);
    },
  );

  test("certificates that have expired are named: the server's, and the agent's own", async () => {
    using directory = temporaryDirectory();
    const { authority, tls, asking } = makeAll(directory.path);
    const expired = makeExpiredCertificate(directory.path, "expired", authority);
    const text = (path: string) => readFileSync(path, "utf8");
    using old = new SyslogServer("octet-counting", {
      tls: { ...tls, cert: text(expired.cert), key: text(expired.key) },
    });
    using server = new SyslogServer("octet-counting", { tls: asking });
    const trusting = { "syslog-tls-ca-files": [authority.cert] };
    const own = { "syslog-tls-cert-file": expired.cert, "syslog-tls-key-file": expired.key };
    for (const [port, values, words] of [
      [old.port, trusting, "its certificate has expired"],
      [server.port, { ...trusting, ...own }, "the certificate of --syslog-tls-cert-file has expired"],
      [server.port, trusting, "--syslog-tls-cert-file"],
    ] as const) {
      const { exporter, messages } = exporterTo([`tls://localhost:${port}`], values);
      await start(exporter);
      // With TLS 1.3 what is sent first may be acknowledged before the server has looked at the certificate.
      let count = 0;
      await until(() => {
        exporter.write(batchOf(numbered(count, 1), count++));
        return messages.join("\n").includes(words);
      }, words);
      await exporter.stop(AbortSignal.timeout(10));
    }
  });

  test("of a server that speaks no TLS, the log says so", async () => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write("what?\r\n") },
    });
    const { exporter, settings, messages } = exporterTo([`tls://127.0.0.1:${server.port}`]);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1)));
    await until(() => settings.counters.retries > 0, "it was tried");
    await exporter.stop(AbortSignal.abort());
    expect(messages.join("\n")).toContain("no TLS is spoken there");
  });

  test("a certificate for another host is refused, unless the name is not to be looked at", async () => {
    using directory = temporaryDirectory();
    const { authority, tls } = makeAll(directory.path);
    using server = new SyslogServer("octet-counting", { tls });
    const address = [`tls://127.0.0.2:${server.port}`];
    const own = { "syslog-tls-ca-files": [authority.cert] };
    using elsewhere = Bun.listen({
      hostname: "127.0.0.2",
      port: server.port,
      tls,
      socket: { data() {} },
    });
    const strict = exporterTo(address, own);
    await start(strict.exporter);
    strict.exporter.write(batchOf(numbered(0, 1)));
    await until(() => strict.settings.counters.retries > 0, "it was tried");
    expect(strict.messages.join("\n")).toContain("its certificate is for another host");
    await strict.exporter.stop(AbortSignal.abort());
    expect(elsewhere.port).toBe(server.port);
    const lax = exporterTo(address, { ...own, "syslog-tls-verification": "certificate" });
    await start(lax.exporter);
    lax.exporter.write(batchOf(numbered(0, 1)));
    await until(() => lax.settings.counters.exported === 1, "it was taken");
    await lax.exporter.stop(patient());
  });

  test("a server that asks for a certificate takes the agent's, and nobody else's events", async () => {
    using directory = temporaryDirectory();
    const { authority, client, asking } = makeAll(directory.path);
    using server = new SyslogServer("octet-counting", { tls: asking });
    const address = [`tls://localhost:${server.port}`];
    const own = { "syslog-tls-ca-files": [authority.cert] };
    const nobody = exporterTo(address, own);
    await start(nobody.exporter);
    nobody.exporter.write(batchOf(numbered(0, 5)));
    await until(() => nobody.settings.counters.retries > 1, "it was tried");
    await nobody.exporter.stop(AbortSignal.abort());
    expect(server.messages).toEqual([]);
    const known = exporterTo(address, {
      ...own,
      "syslog-tls-cert-file": client.cert,
      "syslog-tls-key-file": client.key,
    });
    await start(known.exporter);
    known.exporter.write(batchOf(numbered(0, 5)));
    await known.exporter.stop(patient());
    await until(() => server.messages.length === 5, "all messages");
  });
});
