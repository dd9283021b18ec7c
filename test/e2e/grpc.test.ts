import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type DescField, toJson } from "@bufbuild/protobuf";
import { EventLogService } from "../../src/encoding/protobuf/generated/tetragon/eventlogservice_pb.ts";
import { GetEventsResponseSchema } from "../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import {
  ConfigFlag,
  FineGuidanceSensors,
  LogLevel,
} from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import {
  cleanUp,
  EVENTS,
  feed,
  type RunningAgent,
  startTetrad,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const {
  getEvents,
  getHealth,
  getVersion,
  getInfo,
  getDebug,
  setDebug,
  addTracingPolicy,
  listTracingPolicies,
  listSensors,
  runtimeHook,
} = FineGuidanceSensors.method;

/** The event types of the sample events, in order, but for those that the API has no message for. */
const TYPES = EVENTS.map((line) => Object.keys(JSON.parse(line) as object)[0]!);
const EXPRESSIBLE = TYPES.filter(
  (type) => (GetEventsResponseSchema.field as Record<string, DescField>)[camel(type)]?.oneof !== undefined,
);

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

async function serve(
  ...flags: string[]
): Promise<{ agent: RunningAgent; client: GrpcClient; address: string }> {
  const agent = startTetrad([
    "--event-source=stdin",
    "--server-address=127.0.0.1:0",
    "--health-server-address=",
    ...flags,
  ]);
  const address = await addressIn(agent.log);
  return { agent, address, client: new GrpcClient(address) };
}

describe("GetEvents", () => {
  test("sends every event that the API has a message for, and counts the others", async () => {
    const { agent, client } = await serve();
    const call = client.open(getEvents, {});
    await call.headers;
    await feed(agent, EVENTS);
    await until(
      () => call.messages.length === EXPRESSIBLE.length,
      () => `${call.messages.length} of ${EXPRESSIBLE.length}`,
    );
    expect(call.messages.map(({ event }) => event.case)).toEqual(EXPRESSIBLE.map(camel) as never);
    agent.process.kill("SIGTERM");
    expect(await call.end).toMatchObject({ status: 14, message: "The agent stops" });
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({
      grpc_exported: EXPRESSIBLE.length,
      grpc_not_expressible: EVENTS.length - EXPRESSIBLE.length,
      grpc_queue_full: 0,
      grpc_send_failed: 0,
    });
  });

  test("says who is speaking in the answer's headers", async () => {
    const { client } = await serve("--cluster-name=blue");
    const { "tetrad-agent-init-bin": header } = await client.open(getEvents, {}).headers;
    const text = Buffer.from(String(header), "base64").toString();
    expect(JSON.parse(text)).toMatchObject({ event: "agent_init" });
  });

  test("filters for each client", async () => {
    const { agent, client } = await serve();
    const exits = client.open(getEvents, { allowList: [{ eventSet: [5] }] });
    const others = client.open(getEvents, { denyList: [{ eventSet: [5] }] });
    const all = client.open(getEvents, {});
    await Promise.all([exits.headers, others.headers, all.headers]);
    await feed(agent, EVENTS);
    await until(() => all.messages.length === EXPRESSIBLE.length, "all events");
    const expected = EXPRESSIBLE.filter((type) => type === "process_exit").length;
    await until(
      () => exits.messages.length === expected && others.messages.length === EXPRESSIBLE.length - expected,
      () => `${exits.messages.length} and ${others.messages.length}`,
    );
    expect(exits.messages.every(({ event }) => event.case === "processExit")).toBe(true);
    expect(others.messages.some(({ event }) => event.case === "processExit")).toBe(false);
  });

  test("leaves out fields for one client alone", async () => {
    const { agent, client } = await serve();
    const cut = client.open(getEvents, {
      allowList: [{ eventSet: [1] }],
      fieldFilters: [{ fields: { paths: ["process.binary", "process.pid"] } }],
    });
    const all = client.open(getEvents, { allowList: [{ eventSet: [1] }] });
    await Promise.all([cut.headers, all.headers]);
    await feed(agent, EVENTS);
    const expected = TYPES.filter((type) => type === "process_exec").length;
    await until(() => cut.messages.length === expected && all.messages.length === expected, "executions");
    for (const [i, message] of cut.messages.entries()) {
      const shown = toJson(GetEventsResponseSchema, message, { useProtoFieldName: true }) as never as Record<
        string,
        { process: object }
      >;
      expect(Object.keys(shown.process_exec!.process).sort()).toEqual(["binary", "pid"]);
      const whole = toJson(GetEventsResponseSchema, all.messages[i]!) as never as Record<
        string,
        { process: object }
      >;
      expect(Object.keys(whole.processExec!.process).length).toBeGreaterThan(2);
    }
  });

  test("aggregates for one client alone", async () => {
    const { agent, client } = await serve();
    const call = client.open(getEvents, { aggregationOptions: { windowSize: { nanos: 100_000_000 } } });
    await call.headers;
    const exec = EVENTS.find((line) => line.startsWith('{"process_exec"'))!;
    await feed(agent, [exec, exec, exec]);
    await until(() => call.messages.length > 0, "the aggregated event");
    expect(call.messages.map(({ aggregationInfo }) => aggregationInfo?.count)).toEqual([3n]);
  });

  test.each([
    [
      "a filter that does not parse",
      { allowList: [{ binaryRegex: ["("] }] },
      /^Cannot use allow_list, filter 1, key "binary_regex": missing closing \)/,
    ],
    [
      "an expression that is none",
      { allowList: [{ celExpression: ["process.pid +"] }] },
      /^Cannot use allow_list, filter 1, key "cel_expression": /,
    ],
    [
      "too many filters",
      { denyList: Array.from({ length: 129 }, () => ({})) },
      /^Cannot use deny_list: found 129 filters, may be 128$/,
    ],
  ])("refuses %s", async (_what, request, message) => {
    const { client } = await serve();
    const result = await client.open(getEvents, request as never).end;
    expect(result).toMatchObject({ status: 3, messages: [] });
    expect(result.message).toMatch(message);
  });

  test("tells a client that goes apart from one that loses", async () => {
    const { agent, client } = await serve("--log-level=debug");
    const call = client.open(getEvents, {});
    await call.headers;
    call.cancel();
    await until(() => agent.log().includes("Client has gone"), agent.log);
    await feed(agent, EVENTS);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({
      read: EVENTS.length,
      grpc_exported: 0,
      grpc_queue_full: 0,
      grpc_clients: 0,
    });
  });
});

describe("the other methods", () => {
  test("say what runs here", async () => {
    const { client } = await serve("--cluster-name=blue");
    const { version } = await client.call(getVersion, {});
    expect(version).toStartWith("v");
    expect((await client.call(getHealth, {})).healthStatus).toMatchObject([
      { event: 1, status: 1, details: "running" },
    ]);
    const info = await client.call(getInfo, {});
    expect(info).toMatchObject({ version, name: "tetrad" });
    const byKey = new Map(info.conf.map(({ key, value }) => [key, value]));
    expect(byKey.get("cluster-name")?.typeUrl).toBe("type.googleapis.com/google.protobuf.StringValue");
    expect(Buffer.from(byKey.get("cluster-name")!.value).toString()).toEndWith("blue");
    expect(Buffer.from(byKey.get("agent_init")!.value).toString()).toContain('"event":"agent_init"');
  });

  test("read and set the log level", async () => {
    const { agent, client } = await serve();
    const flag = ConfigFlag.LOG_LEVEL;
    expect((await client.call(getDebug, { flag })).arg).toEqual({ case: "level", value: LogLevel.INFO });
    await client.call(setDebug, { flag, arg: { case: "level", value: LogLevel.DEBUG } });
    expect((await client.call(getDebug, { flag })).arg).toEqual({ case: "level", value: LogLevel.DEBUG });
    expect(agent.log()).toContain(
      'level=warning msg="Log level changed by a client" before=info level=debug',
    );
    expect((await client.open(getDebug, { flag: ConfigFlag.DUMP_PROCESS_CACHE }).end).status).toBe(12);
  });

  test("refuse what the agent cannot do, with the reason", async () => {
    const { client } = await serve();
    expect((await client.call(listTracingPolicies, {})).policies).toEqual([]);
    expect(await client.open(addTracingPolicy, { yaml: "" }).end).toMatchObject({
      status: 9,
      message: "Cannot change policies: the sensor does not run",
    });
    expect(await client.open(listSensors, {}).end).toMatchObject({
      status: 12,
      message: "ListSensors is deprecated, in Tetragon as well",
    });
    expect(await client.call(runtimeHook, {})).toBeDefined();
    const unknown = { ...getVersion, name: "GetNothing" } as typeof getVersion;
    expect(await client.open(unknown, {}).end).toMatchObject({
      status: 12,
      message: 'There is no method "/tetragon.FineGuidanceSensors/GetNothing"',
    });
  });

  test("have no event log without an export file", async () => {
    const { client } = await serve();
    expect((await client.open(EventLogService.method.getEventLogParams, {}).end).status).toBe(9);
  });

  test("read and set how the export file is rotated", async () => {
    const directory = temporaryDirectory();
    const { agent, client } = await serve(`--export-filename=${directory}/events.log`);
    const { getEventLogParams, setEventLogParams } = EventLogService.method;
    expect(await client.call(getEventLogParams, {})).toMatchObject({
      maxSize: 10,
      maxBackups: 5,
      rotationInterval: "0s",
    });
    await client.call(setEventLogParams, { maxSize: 1, maxBackups: 2 });
    expect(await client.call(getEventLogParams, {})).toMatchObject({
      maxSize: 1,
      maxBackups: 2,
      rotationInterval: "0s",
    });
    const wrong = await client.open(setEventLogParams, { rotationInterval: "soon" }).end;
    expect(wrong).toMatchObject({ status: 3, message: expect.stringContaining('"soon"') });
    // 1 MiB is full after some hundred events.
    for (let i = 0; i < 60; i++) await feed(agent, EVENTS);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(readdirSync(directory)).toHaveLength(3);
  });
});
