/** @module The methods of the health service. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "../../encoding/protobuf/generated/grpc/health/v1/health_pb.ts";
import type { ServerCall } from "../../lib/grpc/call.ts";
import { frameMessage } from "../../lib/grpc/message.ts";
import type { Method } from "../../lib/grpc/router.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { decodeRequest } from "../unary.ts";
import type { HealthStatus } from "./status.ts";

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;

/** The server as a whole, and the services that the probes of Tetragon's chart ask for. */
const SERVICES: ReadonlySet<string> = new Set(["", "liveness", "startup"]);
/** Who may watch at once. */
const MAX_WATCHERS = 256;

/** The methods, by their paths. */
export function healthMethods(health: HealthStatus): ReadonlyMap<string, Method> {
  let watchers = 0;
  return new Map<string, Method>([
    [
      `/${Health.typeName}/${Health.method.check.name}`,
      {
        kind: "unary",
        handle(bytes) {
          const service = serviceIn(bytes);
          if (!SERVICES.has(service))
            throw new GrpcError(STATUS.notFound, `There is no service "${service}"`);
          return answer(health.isServing ? SERVING : NOT_SERVING);
        },
      },
    ],
    [
      `/${Health.typeName}/${Health.method.watch.name}`,
      {
        kind: "stream",
        handle(bytes, call) {
          if (watchers >= MAX_WATCHERS)
            throw new GrpcError(STATUS.resourceExhausted, "Too many watch already");
          watchers++;
          call.onClose(() => watchers--);
          watch(health, serviceIn(bytes), call);
        },
      },
    ],
  ]);
}

/** A service that is unknown may come to be: the call stays open, as the protocol has it. */
function watch(health: HealthStatus, service: string, call: ServerCall): void {
  if (!SERVICES.has(service)) {
    call.write(frameMessage(answer(SERVICE_UNKNOWN)));
    return;
  }
  const tell = (isServing: boolean) => call.write(frameMessage(answer(isServing ? SERVING : NOT_SERVING)));
  tell(health.isServing);
  call.onClose(health.watch(tell));
}

function serviceIn(bytes: Uint8Array): string {
  return decodeRequest(() => fromBinary(HealthCheckRequestSchema, bytes)).service;
}

function answer(status: HealthCheckResponse_ServingStatus): Uint8Array {
  return toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status }));
}
