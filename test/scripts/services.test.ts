import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { DescService } from "@bufbuild/protobuf";
import { compileProto } from "../../scripts/generate/description.ts";
import { renderServices } from "../../scripts/generate/services.ts";
import { Health } from "../../src/encoding/protobuf/generated/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../src/encoding/protobuf/generated/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as OlderReflection } from "../../src/encoding/protobuf/generated/grpc/reflection/v1alpha/reflection_pb.ts";
import { LogsService } from "../../src/encoding/protobuf/generated/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
import { MetricsService } from "../../src/encoding/protobuf/generated/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts";
import { TraceService } from "../../src/encoding/protobuf/generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import { RuntimeService } from "../../src/encoding/protobuf/generated/runtime/v1/api_pb.ts";
import { EventLogService } from "../../src/encoding/protobuf/generated/tetragon/eventlogservice_pb.ts";
import { FineGuidanceSensors } from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";

/** The machine may be busy. */
setDefaultTimeout(60_000);

/** A service's methods, as `.proto` files say them. */
function methodsOf(service: DescService): string[] {
  return service.methods.map(
    ({ name, methodKind, input, output }) => `${name} ${methodKind} ${input.typeName} ${output.typeName}`,
  );
}

describe("the generated services", () => {
  test("are those of the .proto files, with all their methods", () => {
    const generated = [
      ...[Health, ServerReflection, OlderReflection],
      ...[RuntimeService, EventLogService, FineGuidanceSensors],
      ...[LogsService, MetricsService, TraceService],
    ];
    const declared = [...compileProto()].filter(({ kind }) => kind === "service") as DescService[];
    expect(generated.map(({ typeName }) => typeName).sort()).toEqual(
      declared.map(({ typeName }) => typeName).sort(),
    );
    for (const service of declared) {
      const same = generated.find(({ typeName }) => typeName === service.typeName);
      expect(methodsOf(same as DescService)).toEqual(methodsOf(service));
    }
  });

  test("are what scripts/generate/services.ts makes, a file for each .proto file", async () => {
    const files = Object.entries(renderServices());
    expect(files).toHaveLength(
      [...compileProto().files].filter(({ name }) => !name.startsWith("google/")).length,
    );
    for (const [path, text] of files) expect(await Bun.file(path).text()).toBe(text!);
  });
});
