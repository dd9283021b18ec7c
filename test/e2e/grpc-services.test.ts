import { afterEach, describe, expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Health } from "../../src/encoding/protobuf/generated/grpc/health/v1/health_pb.ts";
import * as v1 from "../../src/encoding/protobuf/generated/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../src/encoding/protobuf/generated/grpc/reflection/v1alpha/reflection_pb.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import { cleanUp, startTetrad, until } from "./harness.ts";

afterEach(cleanUp);

const BUF = `${new URL("../../node_modules/.bin/buf", import.meta.url).pathname}`;
const { check, watch } = Health.method;
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

describe("the health service", () => {
  const start = async (...flags: string[]) => {
    const agent = startTetrad([
      ...["--event-source=stdin", "--server-address=127.0.0.1:0", "--health-server-address=127.0.0.1:0"],
      ...flags,
    ]);
    return { agent, client: new GrpcClient(await addressIn(agent.log, "Health service")) };
  };

  test.each(["", "liveness", "startup"])('says of "%s" that it is served', async (service) => {
    const { client } = await start();
    expect((await client.call(check, { service })).status).toBe(SERVING);
  });

  test("knows no other service", async () => {
    const { client } = await start();
    expect(await client.open(check, { service: "other" }).end).toMatchObject({
      status: 5,
      message: 'There is no service "other"',
    });
    const call = client.open(watch, { service: "other" });
    await until(() => call.messages.length === 1, "an answer");
    expect(call.messages[0]!.status).toBe(SERVICE_UNKNOWN);
  });

  test("tells those who watch when the agent stops", async () => {
    const { agent, client } = await start("--health-server-interval=0");
    const call = client.open(watch, {});
    await until(() => call.messages.length === 1, "the first answer");
    agent.process.kill("SIGTERM");
    const { messages } = await call.end;
    expect(messages.map(({ status }) => status)).toEqual([SERVING, NOT_SERVING]);
    expect(await agent.exit()).toBe(0);
  });
});

describe("reflection", () => {
  const start = async () => {
    const agent = startTetrad([
      ...["--event-source=stdin", "--server-address=127.0.0.1:0", "--health-server-address="],
    ]);
    return addressIn(agent.log);
  };

  test.each([
    ["v1", v1.ServerReflection.method.serverReflectionInfo],
    ["v1alpha", v1alpha.ServerReflection.method.serverReflectionInfo as never],
  ] as const)(
    "of %s lists services and describes them",
    async (_version, method: typeof v1.ServerReflection.method.serverReflectionInfo) => {
      const client = new GrpcClient(await start());
      const ask = async (messageRequest: v1.ServerReflectionRequest["messageRequest"]) =>
        (await client.call(method, { messageRequest })).messageResponse;
      expect(await ask({ case: "listServices", value: "" })).toMatchObject({
        value: {
          service: [
            { name: "tetragon.FineGuidanceSensors" },
            { name: "tetragon.EventLogService" },
            { name: "grpc.reflection.v1.ServerReflection" },
            { name: "grpc.reflection.v1alpha.ServerReflection" },
          ],
        },
      });
      for (const [request, name] of [
        [
          { case: "fileContainingSymbol", value: "tetragon.FineGuidanceSensors.GetEvents" },
          "tetragon/sensors.proto",
        ],
        [{ case: "fileContainingSymbol", value: "tetragon.Process" }, "tetragon/tetragon.proto"],
        [{ case: "fileByFilename", value: "google/protobuf/any.proto" }, "google/protobuf/any.proto"],
      ] as const) {
        const { value } = (await ask(request)) as { value: v1.FileDescriptorResponse };
        expect(fromBinary(FileDescriptorProtoSchema, value.fileDescriptorProto[0]!).name).toBe(name);
      }
      expect(await ask({ case: "fileByFilename", value: "none.proto" })).toMatchObject({
        case: "errorResponse",
        value: { errorCode: 5 },
      });
    },
  );

  test.each([[], ["--reflect-protocol=grpc-v1alpha"]])("is enough for buf curl %p", async (...flags) => {
    const address = await start();
    const { stdout, stderr, exitCode } = Bun.spawnSync(
      [
        ...[BUF, "curl", "--protocol=grpc", "--http2-prior-knowledge", ...flags.flat()],
        `http://${address}/tetragon.FineGuidanceSensors/GetVersion`,
        ...["--data", "{}"],
      ],
      { cwd: "/" },
    );
    expect(stderr.toString()).toBe("");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject({ version: expect.stringMatching(/^v/) });
  });
});
