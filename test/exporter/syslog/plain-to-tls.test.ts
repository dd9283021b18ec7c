/** A newcomer's address without tls:// where the server speaks TLS, and servers that are not there. */
import { expect, test } from "bun:test";
import { accountedFor, batchOf, numbered, patient, start, until } from "../support.ts";
import { exporterTo } from "./support.ts";

/** A server that does `answer` with a connection once it has got something. */
function serverThat(answer: (socket: Bun.Socket) => void) {
  return Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => answer(socket) } });
}

/** TLS alert: fatal, unexpected message. */
const ALERT = Buffer.from([0x15, 3, 3, 0, 2, 2, 10]);

test("a server that answers in TLS has taken nothing, and the log says how its address is written", async () => {
  using server = serverThat((socket) => void socket.end(ALERT));
  const { exporter, settings, messages } = exporterTo([`127.0.0.1:${server.port}`]);
  await start(exporter);
  exporter.write(batchOf(numbered(0, 3)));
  await until(() => messages.join("\n").includes("it speaks TLS: put tls:// before its address"), "the hint");
  expect(settings.counters.exported).toBe(0);
  await exporter.stop(AbortSignal.timeout(10));
  expect(accountedFor(settings.counters)).toBe(3);
});

test("a server that ends connections at once is warned of, with the address that may be meant", async () => {
  using server = serverThat((socket) => void socket.end());
  const { exporter, messages } = exporterTo([`127.0.0.1:${server.port}`]);
  await start(exporter);
  exporter.write(batchOf(numbered(0, 3)));
  await until(() => messages.join("\n").includes("it may speak TLS"), "the hint");
  expect(messages.join("\n")).toContain(`tls://127.0.0.1:${server.port}`);
  await exporter.stop(patient());
});

test("a server that takes connections and says nothing of TLS is named so", async () => {
  using server = serverThat(() => {});
  const { exporter, messages } = exporterTo([`tls://127.0.0.1:${server.port}`], { "syslog-timeout": 100 });
  await start(exporter);
  exporter.write(batchOf(numbered(0, 1)));
  const words = "it takes connections and does not answer in TLS, no answer within 100 ms";
  await until(() => messages.join("\n").includes(words), "the reason");
  await exporter.stop(AbortSignal.timeout(10));
});

test("why there is no connection is said in words, with the system's name for it", async () => {
  const server = serverThat(() => {});
  const { port } = server;
  server.stop(true);
  const { exporter, messages } = exporterTo([`127.0.0.1:${port}`]);
  await start(exporter);
  exporter.write(batchOf(numbered(0, 1)));
  const words = "the connection was refused: nobody listens there (ECONNREFUSED)";
  await until(() => messages.join("\n").includes(words), "the reason");
  await exporter.stop(AbortSignal.timeout(10));
});
