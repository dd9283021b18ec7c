/** @module The methods of the API but `GetEvents`. What the agent cannot do is refused, with the reason. */
import { EventLogService } from "../../encoding/protobuf/generated/tetragon/eventlogservice_pb.ts";
import { FineGuidanceSensors } from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import {
  HealthStatusResult,
  HealthStatusType,
} from "../../encoding/protobuf/generated/tetragon/tetragon_pb.ts";
import type { Method } from "../../lib/grpc/router.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { BUILD_INFO } from "../../metadata/build-info.ts";
import type { AgentHealth, ServedAgent } from "../definition.ts";
import { unaryMethods } from "../unary.ts";
import { getDebug, setDebug } from "./debug.ts";
import { getEventLogParams, setEventLogParams } from "./event-log.ts";
import { describeAgent } from "./info.ts";
import { policyMethods } from "./policies.ts";
import { reflectionMethods } from "./reflection.ts";
import { runtimeHook } from "./runtime-hook.ts";

const RESULTS: Readonly<Record<AgentHealth["status"], HealthStatusResult>> = {
  running: HealthStatusResult.HEALTH_STATUS_RUNNING,
  stopped: HealthStatusResult.HEALTH_STATUS_STOPPED,
  error: HealthStatusResult.HEALTH_STATUS_ERROR,
};

/**
 * All methods, by their paths.
 * @param servesDeprecated `--enable-deprecated-tracingpolicy-grpc`
 */
export function createMethods(agent: ServedAgent, servesDeprecated: boolean): ReadonlyMap<string, Method> {
  return new Map([
    ...sensorMethods(agent, servesDeprecated),
    ...unaryMethods(EventLogService, {
      getEventLogParams: () => getEventLogParams(agent),
      setEventLogParams: (request) => setEventLogParams(agent, request),
    }),
    ...reflectionMethods([FineGuidanceSensors, EventLogService]),
  ]);
}

function sensorMethods(agent: ServedAgent, servesDeprecated: boolean) {
  return unaryMethods(FineGuidanceSensors, {
    getHealth() {
      const { status, details } = agent.health;
      const event = HealthStatusType.STATUS;
      return { healthStatus: [{ event, status: RESULTS[status], details }] };
    },
    getVersion: () => ({ version: BUILD_INFO.version }),
    getInfo: () => describeAgent(agent),
    getDebug: (request) => getDebug(agent, request),
    setDebug: (request) => setDebug(agent, request),
    runtimeHook: (request) => runtimeHook(agent, request),
    ...policyMethods(agent, servesDeprecated),
    listSensors: () => refuse("ListSensors", DEPRECATED),
    enableSensor: () => refuse("EnableSensor", DEPRECATED),
    disableSensor: () => refuse("DisableSensor", DEPRECATED),
    removeSensor: () => refuse("RemoveSensor", DEPRECATED),
  });
}

const DEPRECATED = "is deprecated, in Tetragon as well";

function refuse(method: string, reason: string): never {
  throw new GrpcError(STATUS.unimplemented, `${method} ${reason}`);
}
