import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../../src/agent/config.ts";
import { TemporaryRoot } from "../../config/temporary.ts";

/** What the options are with these variables and flags, and nothing else. */
function load(env: Record<string, string>, argv: readonly string[] = []) {
  using root = new TemporaryRoot();
  return loadConfig({ argv, env, root: root.path });
}

describe("the variables of OpenTelemetry's specification", () => {
  test("say what no option says, those of logs before those of all signals", () => {
    const { values, origin, warnings } = load({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://all:4318",
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://logs:4318/own/path",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b%2Cc, x-tenant = 1",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
      OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem",
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: "/cert.pem",
      OTEL_EXPORTER_OTLP_CLIENT_KEY: "/key.pem",
      OTEL_SERVICE_NAME: "guard",
      OTEL_RESOURCE_ATTRIBUTES: "a=1,b=2",
    });
    expect(warnings).toEqual([]);
    expect(values).toMatchObject({
      "otlp-endpoint": "http://all:4318",
      "otlp-logs-endpoint": "http://logs:4318/own/path",
      "otlp-protocol": "http/protobuf",
      "otlp-headers": ["api-key: a b,c", "x-tenant: 1"],
      "otlp-compression": "gzip",
      "otlp-timeout": 2500,
      "otlp-tls-ca-files": ["/ca.pem"],
      "otlp-tls-cert-file": "/cert.pem",
      "otlp-tls-key-file": "/key.pem",
      "otlp-service-name": "guard",
      "otlp-resource-attributes": ["a=1", "b=2"],
    });
    expect(origin("otlp-timeout")).toBe("environment OTEL_EXPORTER_OTLP_TIMEOUT");
  });

  test("come after flags and the agent's own variables", () => {
    const { values } = load(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://x:1",
        OTEL_SERVICE_NAME: "x",
        TETRAGON_OTLP_SERVICE_NAME: "own",
      },
      ["--otlp-endpoint=http://flag:4318"],
    );
    expect(values["otlp-endpoint"]).toBe("http://flag:4318");
    expect(values["otlp-service-name"]).toBe("own");
  });

  test("of logs alone turn the exporter on", () => {
    const { values } = load({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://logs:4318/v1/logs" });
    expect(values["otlp-endpoint"]).toBe("http://logs:4318");
    expect(values["otlp-logs-endpoint"]).toBe("http://logs:4318/v1/logs");
  });

  test("may have endpoints without a scheme for gRPC: another one says whether they are within TLS", () => {
    const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    const endpoints = (env: Record<string, string>) => {
      const { values, warnings } = load(env);
      expect(warnings).toEqual([]);
      return [values["otlp-endpoint"], values["otlp-traces-endpoint"]];
    };
    expect(endpoints({ ...grpc, OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" })).toEqual([
      "https://collector:4317",
      "",
    ]);
    expect(
      endpoints({
        ...grpc,
        OTEL_EXPORTER_OTLP_INSECURE: "true",
        OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
        OTEL_EXPORTER_OTLP_TRACES_INSECURE: "false",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "[::1]:4317",
      }),
    ).toEqual(["http://collector:4317", "https://[::1]:4317"]);
    expect(
      endpoints({
        ...grpc,
        OTEL_EXPORTER_OTLP_INSECURE: "true",
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "https://a",
      }),
    ).toEqual(["https://a", ""]);
    expect(load({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }).warnings).toHaveLength(1);
  });

  test("do nothing where OTEL_SDK_DISABLED says so", () => {
    const { values } = load({ OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://x:1" });
    expect(values["otlp-endpoint"]).toBe("");
  });

  test("that say what is not valid here are passed over with a warning, which shows no secret", () => {
    const { values, warnings } = load({
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_HEADERS: "secret",
    });
    expect(values["otlp-protocol"]).toBe("http/protobuf");
    expect(warnings).toEqual([
      'Ignored --otlp-protocol (environment OTEL_EXPORTER_OTLP_PROTOCOL): found "http/json", expected http/protobuf or grpc; used is "http/protobuf"',
      expect.stringMatching(
        /^Ignored --otlp-headers \(environment OTEL_EXPORTER_OTLP_HEADERS\): found "\*+"/,
      ),
    ]);
  });

  test("that every program of a pod has bring no warning where nothing is exported", () => {
    const { warnings } = load({ OTEL_SERVICE_NAME: "x", OTEL_RESOURCE_ATTRIBUTES: "a=b", OTEL_UNKNOWN: "y" });
    expect(warnings).toEqual([]);
  });
});
