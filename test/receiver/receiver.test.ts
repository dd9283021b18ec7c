import { expect, test } from "bun:test";
import { Receiver } from "../../src/receiver/receiver.ts";

const DATAGRAM = '{"process_exec":{"a":"\u009b2J"}}\r\n\u001b[2J\n';

test.each([
  ["a terminal", true, '{"process_exec":{"a":"\\u009b2J"}}\\u000d\n\\u001b[2J\n'],
  ["anything else", false, DATAGRAM],
] as const)(
  "Receiver gives %s the raw bytes, on a terminal without control characters",
  async (_, isTerminal, expected) => {
    let printed = "";
    const receiver = new Receiver({
      address: "127.0.0.1",
      port: 0,
      receiveBufferBytes: 65536,
      output: "raw",
      isStrict: false,
      count: 1,
      colors: false,
      isTerminal,
      isJson: false,
      report: () => {},
      maxAgents: 16,
      silenceMs: 0,
      statsIntervalMs: 0,
      write: (text) => {
        printed += text;
      },
    });
    const { destination } = await receiver.start();
    const sender = await Bun.udpSocket({});
    sender.send(DATAGRAM, Number(destination.split(":")[1]), "127.0.0.1");
    await receiver.done;
    sender.close();
    expect(printed).toBe(expected);
  },
);

test("Receiver, sent more than it can take without end, still lets timers and signals have their turn", async () => {
  const sender = await Bun.udpSocket({});
  let port = 0;
  const receiver = new Receiver({
    address: "127.0.0.1",
    port: 0,
    receiveBufferBytes: 65536,
    output: "none",
    isStrict: false,
    count: Number.POSITIVE_INFINITY,
    colors: false,
    isTerminal: false,
    isJson: false,
    report: () => {},
    maxAgents: 16,
    silenceMs: 0,
    statsIntervalMs: 0,
    write: () => {},
    // One that is taken is followed by two, so that the socket never is empty.
    forward: () => {
      for (let i = 0; i < 2; i++) sender.send(DATAGRAM, port, "127.0.0.1");
    },
  });
  const { destination } = await receiver.start();
  port = Number(destination.split(":")[1]);
  const timer = setTimeout(() => receiver.stop(), 1);
  sender.send(DATAGRAM, port, "127.0.0.1");
  await receiver.done;
  clearTimeout(timer);
  sender.close();
  expect(receiver.summary.datagrams).toBeGreaterThan(1);
});
