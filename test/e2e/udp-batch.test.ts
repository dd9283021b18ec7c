import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DICTIONARY } from "../../src/encoding/compression/dictionary.ts";
import { cleanUp, EVENTS, runTetrad, startTetrad, TestReceiver, totalsIn, until } from "./harness.ts";

afterEach(cleanUp);

const LINES = Array.from({ length: 40 }, () => EVENTS).flat();
const INPUT = `${LINES.join("\n")}\n`;

function flags(port: number | string, compression: string): string[] {
  const packing = ["--udp-batch", "--udp-linger=20ms", `--udp-compression=${compression}`];
  return ["--event-source=stdin", "--udp-output-enabled", `--udp-output-port=${port}`, ...packing];
}

test.each(["none", "zstd", "gzip", "zlib"])(
  "batches, %s: listen --raw gives the same lines in the same order, and forwards each as a datagram",
  async (compression) => {
    const siem = await TestReceiver.open();
    const listener = startTetrad([
      "listen",
      "--port=0",
      "--raw",
      "--validate",
      `--forward=127.0.0.1:${siem.port}`,
    ]);
    await listener.logged("Listening on ");
    const port = /Listening on \S+:(\d+)/.exec(listener.log())![1]!;
    const { code, stderr } = await runTetrad(flags(port, compression), { input: INPUT });
    expect(code).toBe(0);
    expect(totalsIn(stderr)).toMatchObject({ read: LINES.length, udp_exported: LINES.length });
    await siem.waitFor(LINES.length + 1);
    listener.process.kill("SIGTERM");
    expect(await listener.exit()).toBe(0);
    const [first, ...events] = listener.stdout().trimEnd().split("\n");
    expect(JSON.parse(first!).event).toBe("agent_init");
    expect(events).toEqual(LINES);
    expect(siem.datagrams.slice(1)).toEqual(LINES.map((line) => `${line}\n`));
    expect(Number(/received +(\d+) datagrams/.exec(listener.log())![1])).toBeLessThan(LINES.length / 4);
  },
);

test("listen counts what was lost by datagrams, of which batches have fewer than events", async () => {
  const listener = startTetrad(["listen", "--port=0", "--output=none"]);
  await listener.logged("Listening on ");
  const port = /Listening on \S+:(\d+)/.exec(listener.log())![1]!;
  await runTetrad([...flags(port, "zstd"), "--metadata-interval=1h"], { input: INPUT });
  await listener.logged("stopped");
  listener.process.kill("SIGTERM");
  expect(await listener.exit()).toBe(0);
  const [, lost, sent] = /lost (\d+) of (\d+) datagrams/.exec(listener.log())!;
  expect(lost).toBe("0");
  expect(Number(sent)).toBeLessThan(LINES.length / 4);
});

test.each([
  ["zstd", (path: string) => ["zstd", "-dc", "-D", `${path}.dictionary`, path]],
  ["gzip", (path: string) => ["gzip", "-dc", path]],
])("what %s of Debian makes of a datagram is the events", async (compression, command) => {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-batch-"));
  try {
    const datagrams: Buffer[] = [];
    const socket = await Bun.udpSocket({
      hostname: "127.0.0.1",
      binaryType: "buffer",
      socket: { data: (_socket, data) => void datagrams.push(Buffer.from(data)) },
    });
    await runTetrad(flags(socket.port, compression), { input: `${EVENTS.join("\n")}\n` });
    await until(() => datagrams.length >= 2, "two datagrams");
    socket.close();
    expect(JSON.parse(datagrams[0]!.toString()).event).toBe("agent_init");
    const path = join(directory, "datagram");
    writeFileSync(path, datagrams[1]!);
    writeFileSync(`${path}.dictionary`, Buffer.from(DICTIONARY, "base64"));
    const { stdout, stderr } = Bun.spawnSync(command(path));
    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toBe(`${EVENTS.join("\n")}\n`);
    expect(readFileSync(path).length).toBeLessThan(EVENTS.join("\n").length / 2);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
