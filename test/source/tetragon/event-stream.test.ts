import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { GetEventsResponseSchema } from "../../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import type { EventBatch } from "../../../src/event/batch.ts";
import { frameMessage } from "../../../src/lib/grpc/message.ts";
import { GrpcError, STATUS } from "../../../src/lib/grpc/status.ts";
import { EventStream } from "../../../src/source/tetragon/event-stream.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";

function message(event: MessageInitShape<typeof GetEventsResponseSchema>): Uint8Array {
  return frameMessage(toBinary(GetEventsResponseSchema, create(GetEventsResponseSchema, event)));
}

/** An execution on node `name`. */
const onNode = (name: string): Uint8Array =>
  message({ nodeName: name, event: { case: "processExec", value: { process: { binary: "/bin/true" } } } });

/** A stream into a sink that notes lines, and waits when `room` says so. */
function open({ maxLineBytes = 65_536, room = (): Promise<void> | undefined => undefined } = {}) {
  const lines: string[] = [];
  const batches: number[] = [];
  const problems: string[] = [];
  const calls: string[] = [];
  const counters = createCounters();
  const stream = new EventStream({
    maxLineBytes,
    counters,
    onTooLong: () => problems.push("too long"),
    onMalformed: (reason) => problems.push(reason),
    sink: {
      write(batch: EventBatch) {
        batches.push(batch.count);
        for (let i = 0; i < batch.count; i++)
          lines.push(
            Buffer.from(batch.bufferAt(i)).toString("utf8", batch.startAt(i), batch.endAt(i)).trimEnd(),
          );
        return room();
      },
      offer() {},
    },
  });
  stream.attach({
    pause: () => calls.push("pause"),
    resume: () => calls.push("resume"),
    cancel: () => calls.push("cancel"),
  } as never);
  return { stream, lines, batches, problems, calls, counters };
}

const nodes = (lines: readonly string[]) =>
  lines.map((line) => (JSON.parse(line) as { node_name: string }).node_name);

describe("EventStream", () => {
  test("makes one batch of what comes in one turn, each message a line", async () => {
    const { stream, lines, batches, counters } = open();
    stream.onPiece(Buffer.concat([onNode("a"), onNode("b")]));
    stream.onPiece(onNode("c"));
    stream.onEnd(undefined);
    expect(await stream.ended).toBeUndefined();
    expect(batches).toEqual([3]);
    expect(lines[0]).toBe('{"process_exec":{"process":{"binary":"/bin/true"}},"node_name":"a"}');
    expect(nodes(lines)).toEqual(["a", "b", "c"]);
    expect(counters.read).toBe(3);
  });

  test("pauses the call while an exporter is full, loses nothing of what still comes, and goes on", async () => {
    let release = () => {};
    const waits = [1, 2];
    const { stream, lines, calls } = open({
      room: () =>
        waits.pop() === undefined ? undefined : new Promise<void>((resolve) => (release = resolve)),
    });
    stream.onPiece(onNode("a"));
    await new Promise(setImmediate);
    expect(calls).toEqual(["pause"]);
    stream.onPiece(onNode("b").subarray(0, 7));
    stream.onPiece(onNode("b").subarray(7));
    stream.onEnd(new GrpcError(STATUS.unavailable, "gone"));
    expect(nodes(lines)).toEqual(["a"]);
    release();
    await new Promise(setImmediate);
    release();
    expect((await stream.ended)?.message).toBe("gone");
    expect(nodes(lines)).toEqual(["a", "b"]);
  });

  test("counts messages that are malformed or too long, and goes on with the next", async () => {
    const { stream, lines, problems, counters } = open({ maxLineBytes: 200 });
    stream.onPiece(frameMessage(new Uint8Array([0x0a, 0x7f])));
    stream.onPiece(onNode("x".repeat(150)));
    stream.onPiece(onNode("x".repeat(1000)));
    stream.onPiece(onNode("a"));
    stream.onEnd(undefined);
    await stream.ended;
    expect(nodes(lines)).toEqual(["a"]);
    expect(problems).toHaveLength(3);
    expect(counters).toMatchObject({ read: 4, invalid: 1, line_too_long: 2 });
  });

  test("ends a call whose messages are compressed, which was not asked for", async () => {
    const { stream, calls } = open();
    stream.onPiece(new Uint8Array([1, 0, 0, 0, 0]));
    expect(calls).toEqual(["cancel"]);
    stream.onEnd(new GrpcError(STATUS.cancelled, ""));
    expect((await stream.ended)?.message).toContain("compressed");
  });

  test("hands on who another agent says it is, before its events", async () => {
    const { stream, lines } = open();
    const introduction = '{"event":"agent_init","hostname":"h"}';
    stream.onAnswer({ "tetrad-agent-init-bin": Buffer.from(introduction).toString("base64") });
    stream.onPiece(onNode("a"));
    stream.onEnd(undefined);
    await stream.ended;
    expect(lines[0]).toBe(introduction);
    expect(lines).toHaveLength(2);
  });
});
