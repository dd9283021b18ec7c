import { afterEach, describe, expect, test } from "bun:test";
import { closeSync, writeSync } from "node:fs";
import { Channel } from "../../../src/exporter/module/channel.ts";
import { LONGEST_MESSAGE } from "../../../src/exporter/module/protocol.ts";
import { openStreamPair } from "../../../src/os/passed-descriptor.ts";
import { until } from "../support.ts";

interface Message {
  readonly type: string;
  readonly text?: string;
}

/** What is open. */
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** One end, what it has heard, and the descriptor of the other end. */
async function open() {
  const [own, other] = openStreamPair();
  const heard: Message[] = [];
  const ends: string[] = [];
  const channel = await Channel.open<Message, Message>(own, {
    onMessage: (message) => heard.push(message),
    onEnd: (why) => ends.push(why),
  });
  cleanUps.push(() => channel.close());
  return { channel, heard, ends, other };
}

/** The same, with a test at the other end. */
async function openAlone() {
  const opened = await open();
  cleanUps.push(() => closeSync(opened.other));
  return opened;
}

async function openBoth() {
  const one = await open();
  const heard: Message[] = [];
  const ends: string[] = [];
  const channel = await Channel.open<Message, Message>(one.other, {
    onMessage: (message) => heard.push(message),
    onEnd: (why) => ends.push(why),
  });
  cleanUps.push(() => channel.close());
  return [one, { channel, heard, ends }] as const;
}

describe("Channel", () => {
  test("hands over messages in order, however large they are and however many wait", async () => {
    const [one, other] = await openBoth();
    const texts = Array.from({ length: 40 }, (_, i) => `${i} \n${"x".repeat(i * 5000)}`);
    for (const text of texts) one.channel.send({ type: "log", text });
    await until(() => other.heard.length === texts.length, "all messages");
    expect(other.heard).toEqual(texts.map((text) => ({ type: "log", text })));
  });

  test("puts a message together that comes in pieces", async () => {
    const { heard, other } = await openAlone();
    for (const piece of ['{"type":', '"a"}\n{"ty', 'pe":"b"}', "\n"]) {
      writeSync(other, piece);
      await Bun.sleep(1);
    }
    await until(() => heard.length === 2, "both messages");
    expect(heard).toEqual([{ type: "a" }, { type: "b" }]);
  });

  test("has what was sent leave before it closes, and says at the other end that it is closed, once", async () => {
    const [one, other] = await openBoth();
    one.channel.send({ type: "last" });
    one.channel.close();
    await until(() => other.ends.length > 0, "the end");
    expect(other).toMatchObject({ heard: [{ type: "last" }], ends: ["closed"] });
    expect([one.channel.isOpen, other.channel.isOpen]).toEqual([false, false]);
    expect(one.ends).toEqual([]);
  });

  test.each([
    ["what is no JSON", "x\n", "found what is no message"],
    ["JSON that is no message", "[1]\n", "found what is no message"],
    ["an empty line", "\n", "found what is no message"],
  ])("ends at %s, and takes nothing after it", async (_, text, why) => {
    const { channel, heard, ends, other } = await openAlone();
    writeSync(other, `{"type":"good"}\n${text}{"type":"after"}\n`);
    await until(() => ends.length > 0, "the end");
    expect({ heard, ends, isOpen: channel.isOpen }).toEqual({
      heard: [{ type: "good" }],
      ends: [why],
      isOpen: false,
    });
  });

  test("ends at a message without end, and keeps no more of it than the longest may have", async () => {
    const [one, other] = await openBoth();
    one.channel.send({ type: "log", text: "x".repeat(LONGEST_MESSAGE * 2) });
    await until(() => other.ends.length > 0, "the end");
    expect(other).toMatchObject({
      heard: [],
      ends: [`found a message of more than ${LONGEST_MESSAGE} bytes`],
    });
  });
});
