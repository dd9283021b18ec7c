import { describe, expect, test } from "bun:test";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "../../e2e/certificates.ts";
import { testExporterContract } from "../contract.ts";
import { batchOf, numbered, patient, start, temporaryDirectory, until } from "../support.ts";
import { GrpcReceiver } from "./grpc-receiver.ts";
import { takenBytes } from "./receiver.ts";
import { exporterTo } from "./support.ts";

const GRPC = { "otlp-protocol": "grpc" } as const;

testExporterContract("The OTLP exporter over gRPC", async (settings) => {
  const receiver = await GrpcReceiver.open();
  const { exporter } = await exporterTo(receiver.url, { ...GRPC, "otlp-workers": 1 }, settings);
  return {
    exporter,
    arrived: async () => receiver.bodies,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
});

/** A `google.rpc.Status` with a `RetryInfo` of so many seconds. */
function retryInfo(seconds: number): Uint8Array {
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const delay = field(1, Buffer.from([8, seconds]));
  const type = field(1, Buffer.from("type.googleapis.com/google.rpc.RetryInfo"));
  return Buffer.concat([Buffer.from([8, 8]), field(3, Buffer.concat([type, field(2, delay)]))]);
}

describe("a call", () => {
  test("is what receivers take, whichever way it is compressed, with metadata", async () => {
    await using receiver = await GrpcReceiver.open();
    for (const compression of ["none", "gzip", "zstd"] as const) {
      const { exporter, settings } = await exporterTo(receiver.url, {
        ...GRPC,
        "otlp-compression": compression,
        "otlp-headers": ["Api-Key: k e y"],
      });
      await start(exporter);
      exporter.write(batchOf(numbered(0, 3)));
      await exporter.stop(patient());
      expect(settings.counters.exported).toBe(3);
    }
    expect(receiver.bodies).toEqual([...numbered(0, 3), ...numbered(0, 3), ...numbered(0, 3)]);
    expect(
      receiver.requests.map(({ path, headers }) => [path, headers["grpc-encoding"], headers["api-key"]]),
    ).toEqual(
      [undefined, "gzip", "zstd"].map((encoding) => [
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        encoding,
        "k e y",
      ]),
    );
  });

  test.each([1, 4, 7, 10, 11, 12, 14, 15, 16])("that ends with code %d is made again", async (status) => {
    await using receiver = await GrpcReceiver.open();
    let refusals = 2;
    receiver.reply = () => (refusals-- > 0 ? { status, message: "later" } : {});
    const { exporter, settings } = await exporterTo(receiver.url, GRPC);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(receiver.bodies).toEqual(numbered(0, 3));
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0 });
  });

  test.each([2, 3, 5, 6, 8, 9, 13])("that ends with code %d is not made again as it was", async (status) => {
    await using receiver = await GrpcReceiver.open();
    receiver.reply = () => ({ status, message: "never" });
    const { exporter, settings } = await exporterTo(receiver.url, GRPC);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 0, refused: 3 });
  });

  test("that exhausts a resource is made again where RetryInfo says when", async () => {
    await using receiver = await GrpcReceiver.open();
    let isFirst = true;
    receiver.reply = () => {
      if (!isFirst) return {};
      isFirst = false;
      return { status: 8, message: "busy", details: retryInfo(0) };
    };
    const { exporter, settings } = await exporterTo(receiver.url, GRPC);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0, retries: 1 });
  });

  test("of which a part was rejected counts that", async () => {
    await using receiver = await GrpcReceiver.open();
    receiver.reply = () => ({ answer: takenBytes(1, "one too many") });
    const { exporter, settings, messages } = await exporterTo(receiver.url, GRPC);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 2, refused: 1 });
    expect(messages.join("\n")).toContain("one too many");
  });

  test("whose answer is a bomb, or cannot be read, is made again", async () => {
    await using receiver = await GrpcReceiver.open();
    const bomb = Buffer.from(Bun.gzipSync(Buffer.alloc(16 * 1024 * 1024)));
    const answers = [
      { answer: bomb, encoding: "gzip" },
      { answer: Buffer.from("nonsense"), encoding: "gzip" },
      { answer: Buffer.from("nonsense"), encoding: "br" },
      { answer: Buffer.alloc(1024 * 1024) },
    ];
    receiver.reply = () =>
      answers.shift() ?? { answer: Buffer.from(Bun.gzipSync(takenBytes())), encoding: "gzip" };
    const { exporter, settings } = await exporterTo(receiver.url, { ...GRPC, "otlp-compression": "gzip" });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0, retries: 4 });
  });

  test("that nobody answers on a connection is made again over another one", async () => {
    await using receiver = await GrpcReceiver.open();
    receiver.reply = (connection) => (connection === 1 ? { isSilent: true } : {});
    const { exporter, settings, messages } = await exporterTo(receiver.url, { ...GRPC, "otlp-timeout": 200 });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0 });
    expect(messages.join("\n")).toContain("DEADLINE_EXCEEDED");
  });

  test("is made over another connection where the server has said that it goes, and none fails", async () => {
    await using receiver = await GrpcReceiver.open();
    receiver.reply = () => ({ isLast: true });
    const { exporter, settings } = await exporterTo(receiver.url, { ...GRPC, "otlp-workers": 1 });
    await start(exporter);
    for (let i = 0; i < 4; i++) {
      exporter.write(batchOf(numbered(i, 1), i));
      await until(() => settings.counters.exported === i + 1, "it was taken");
    }
    await exporter.stop(patient());
    expect(receiver.bodies).toEqual(numbered(0, 4));
    expect(settings.counters).toMatchObject({ exported: 4, refused: 0, retries: 0 });
  });

  test("goes to the endpoint of logs where there is one", async () => {
    await using receiver = await GrpcReceiver.open();
    const { exporter, settings } = await exporterTo("http://127.0.0.1:9", {
      ...GRPC,
      "otlp-logs-endpoint": receiver.url,
    });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0 });
  });

  test.each(["Connection: close", "Transfer-Encoding: chunked", "content-length: 5", "grpc-timeout: 1S"])(
    "cannot have the header %s, which the start says",
    async (header) => {
      const { exporter } = await exporterTo("http://127.0.0.1:9", { ...GRPC, "otlp-headers": [header] });
      await expect(exporter.start()).rejects.toThrow(
        `found header "${header.split(":")[0]!.toLowerCase()}", which requests cannot have here`,
      );
    },
  );

  test("that is lost is made again, over a new connection where the old one is gone", async () => {
    await using receiver = await GrpcReceiver.open();
    let losses = 2;
    receiver.reply = () => (losses-- > 0 ? { isLost: true } : {});
    const { exporter, settings } = await exporterTo(receiver.url, GRPC);
    await start(exporter);
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(settings.counters).toMatchObject({ exported: 3, refused: 0 });
  });
});

test.skipIf(!HAS_OPENSSL)("over TLS, both certificates are looked at", async () => {
  using directory = temporaryDirectory();
  const authority = makeAuthority(directory.path, "authority");
  const own = makeCertificate(directory.path, "own", authority);
  const read = (path: string) => Bun.file(path).text();
  await using receiver = await GrpcReceiver.open({
    key: await read(own.key),
    cert: await read(own.cert),
    ca: await read(authority.cert),
    requestCert: true,
  });
  const url = `https://localhost:${receiver.port}`;
  const trusting = { "otlp-tls-ca-files": [authority.cert] };
  const client = { "otlp-tls-cert-file": own.cert, "otlp-tls-key-file": own.key };
  for (const [values, exported] of [
    [{ ...trusting, ...client }, 1],
    [trusting, 0],
    [client, 0],
  ] as const) {
    const { exporter, settings } = await exporterTo(url, { ...GRPC, ...values });
    await start(exporter);
    exporter.write(batchOf(numbered(0, 1)));
    await exporter.stop(AbortSignal.timeout(exported === 1 ? 20_000 : 1000));
    expect(settings.counters.exported).toBe(exported);
  }
});
