import { describe, expect, test } from "bun:test";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { testExporterContract } from "../contract.ts";
import {
  accountedFor,
  batchOf,
  metadataOf,
  numbered,
  patient,
  start,
  temporaryDirectory,
  until,
} from "../support.ts";
import { exporterTo } from "./support.ts";
import { SyslogServer } from "./syslog-server.ts";

const INIT = '{"event":"agent_init"}';

for (const framing of ["octet-counting", "newline"] as const)
  testExporterContract(`The syslog exporter (${framing})`, async (settings) => {
    const server = new SyslogServer(framing);
    const { exporter } = exporterTo([server.address], { "syslog-framing": framing }, settings);
    return {
      exporter,
      async arrived(count) {
        await until(() => server.messages.length >= count, `${count} messages`);
        return server.events;
      },
      [Symbol.asyncDispose]: async () => server[Symbol.dispose](),
    };
  });

describe("a message", () => {
  test("has the header of RFC 5424, with the facility that was asked for", async () => {
    using server = new SyslogServer();
    const { exporter } = exporterTo([server.address], { "syslog-facility": "authpriv" });
    await start(exporter);
    const event =
      '{"process_exec":{"process":{"pid":7}},"node_name":"n1","time":"2026-01-02T03:04:05.678901234Z"}';
    exporter.write(batchOf([event]));
    await exporter.stop(patient());
    await until(() => server.messages.length > 0, "the message");
    expect(server.messages).toEqual([
      `<86>1 2026-01-02T03:04:05.678901Z n1 tetrad ${process.pid} process_exec [event@32473 type="process_exec"] ${event}`,
    ]);
  });

  test("that is too large is shortened, and says so; one that cannot be is refused alone", async () => {
    using server = new SyslogServer();
    const { exporter, settings } = exporterTo([server.address], { "syslog-max-message-size": 600 });
    await start(exporter);
    const long = JSON.stringify({ process_exec: { process: { arguments: "x".repeat(5000) } } });
    const stubborn = JSON.stringify({ process_exec: { process: { exec_id: "x".repeat(5000) } } });
    exporter.write(batchOf(['{"n":1}', long, stubborn, '{"n":2}']));
    await exporter.stop(patient());
    await until(() => server.messages.length === 3, "three messages");
    expect(server.events[0]).toBe('{"n":1}');
    expect(server.messages[1]!.length).toBeLessThanOrEqual(600);
    expect(JSON.parse(server.events[1]!).process_exec.process.arguments).toMatch(/^x+/);
    expect(server.events[2]).toBe('{"n":2}');
    expect(settings.counters).toMatchObject({ exported: 3, refused: 1, truncated: 1 });
  });
});

describe("a server", () => {
  test("that talks without end is left for the next one", async () => {
    const talker = createServer((socket) => {
      const talk = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(16_384, "hello ")));
      };
      socket.on("drain", talk);
      socket.on("error", () => {});
      socket.on("data", () => {});
      talk();
    });
    await new Promise<void>((resolve) => talker.listen(0, "127.0.0.1", resolve));
    using server = new SyslogServer();
    const { port } = talker.address() as AddressInfo;
    const { exporter, messages } = exporterTo([`127.0.0.1:${port}`, server.address]);
    await start(exporter);
    let count = 0;
    await until(() => {
      exporter.write(batchOf(numbered(count, 1), count++));
      return server.messages.length > 0;
    }, "an event at the other server");
    await exporter.stop(patient());
    talker.close();
    expect(messages.join("\n")).toContain(
      `Connected to a syslog server {"exporter":"test","to":"tcp://127.0.0.1:${port}"}`,
    );
  });

  test("that hangs up gets what it had not acknowledged again, and hears first who is speaking", async () => {
    using server = new SyslogServer();
    const metadata = metadataOf(`${INIT}\n`);
    const { exporter, settings } = exporterTo([server.address], {}, { metadata });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 100)));
    await until(() => server.messages.length === 101, "the first events");
    server.hangUp();
    exporter.write(batchOf(numbered(100, 100), 100));
    await until(() => settings.counters.exported === 200, "the others");
    await exporter.stop(patient());
    // The kernel has acknowledged what the server has yet to read.
    await until(() => server.events.at(-1) === numbered(199, 1)[0], "the last event");
    expect(server.connections).toHaveLength(2);
    expect(server.connections.map(([first]) => first!.slice(-INIT.length))).toEqual([INIT, INIT]);
    expect(new Set(server.events)).toEqual(new Set([INIT, ...numbered(0, 200)]));
    expect(accountedFor(settings.counters)).toBe(200);
  });

  test("that is not there is waited for, and loses nothing", async () => {
    const gone = new SyslogServer();
    const { port, address } = gone;
    gone[Symbol.dispose]();
    const { exporter, settings, messages } = exporterTo([address]);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 50)));
    await until(() => settings.counters.retries > 1, "it was tried");
    expect(messages.join("\n")).toContain(`tcp://127.0.0.1:${port}`);
    using server = new SyslogServer("octet-counting", { port });
    await until(() => settings.counters.exported === 50, "all events");
    await exporter.stop(patient());
    await until(() => server.messages.length === 50, "all messages");
    expect(server.events).toEqual(numbered(0, 50));
  });

  test("that cannot be reached leaves events to the next one", async () => {
    const gone = new SyslogServer();
    const { address } = gone;
    gone[Symbol.dispose]();
    using second = new SyslogServer();
    const { exporter } = exporterTo([address, second.address]);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 50)));
    await exporter.stop(patient());
    await until(() => second.messages.length === 50, "all messages");
    expect(second.events).toEqual(numbered(0, 50));
  });

  test("that reads nothing is given up after the time-out: what it has not acknowledged goes to the next one", async () => {
    using slow = new SyslogServer();
    using second = new SyslogServer();
    slow.pause();
    const { exporter, settings } = exporterTo([slow.address, second.address], { "syslog-timeout": 300 });
    await start(exporter);
    const lines = numbered(0, 8000, 4000);
    for (let i = 0; i < lines.length; i += 100) {
      exporter.write(batchOf(lines.slice(i, i + 100), i));
      await exporter.ready();
    }
    slow[Symbol.dispose]();
    await until(() => settings.counters.exported === lines.length, "all events");
    await exporter.stop(patient());
    await until(() => second.events.at(-1) === lines.at(-1), "the last event");
    expect(accountedFor(settings.counters)).toBe(lines.length);
    // In the order in which they came, each once at this server.
    const own = second.events.map((event) => JSON.parse(event).n as number);
    expect(own).toEqual(Array.from(own, (_, i) => own[0]! + i));
    expect(own.at(-1)).toBe(lines.length - 1);
  }, 60_000);
});

test("events in a queue on disk outlive the agent, and their server hears first who is speaking", async () => {
  using directory = temporaryDirectory();
  const values = { "syslog-queue-dir": join(directory.path, "queue"), "syslog-queue-sync": 0 };
  const gone = new SyslogServer();
  const { port, address } = gone;
  gone[Symbol.dispose]();
  const first = exporterTo([address], values);
  await start(first.exporter);
  first.exporter.write(batchOf(numbered(0, 30)));
  await first.exporter.stop(AbortSignal.timeout(100));
  using server = new SyslogServer("octet-counting", { port });
  const second = exporterTo([address], values, { metadata: metadataOf(`${INIT}\n`) });
  await start(second.exporter);
  second.exporter.write(batchOf(numbered(30, 10), 30));
  await until(() => server.events.includes(numbered(39, 1)[0]!), "the last event");
  await second.exporter.stop(patient());
  expect(server.events).toEqual([INIT, ...numbered(0, 30), INIT, ...numbered(30, 10)]);
});
