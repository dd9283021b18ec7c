/** @module `EventLogService`: how the export file is rotated. */
import type { SetEventLogParamsRequest } from "../../encoding/protobuf/generated/tetragon/eventlogservice_pb.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import { formatDuration, parseDuration } from "../../lib/text/duration.ts";
import type { RotationSettings, ServedAgent } from "../definition.ts";

/** @throws GrpcError `FAILED_PRECONDITION` without an export file. */
export function getEventLogParams(agent: ServedAgent) {
  const { maxSizeMb, maxBackups, rotationIntervalMs } = rotationOf(agent);
  return { maxSize: maxSizeMb, maxBackups, rotationInterval: formatDuration(rotationIntervalMs) };
}

/** What is 0 or empty stays as it is. @throws GrpcError for what is out of range, or without an export file. */
export function setEventLogParams(agent: ServedAgent, request: SetEventLogParamsRequest) {
  const current = rotationOf(agent);
  const { maxSize, maxBackups, rotationInterval } = request;
  if (maxSize < 0 || maxBackups < 0)
    throw new GrpcError(STATUS.invalidArgument, "Numbers must not be negative");
  const intervalMs = rotationInterval === "" ? current.rotationIntervalMs : parseDuration(rotationInterval);
  if (intervalMs === undefined || (intervalMs !== 0 && intervalMs < 1000))
    throw new GrpcError(
      STATUS.invalidArgument,
      `Cannot use rotation_interval "${rotationInterval}": needs a duration of a second or more, or 0s`,
    );
  agent.setRotation({
    maxSizeMb: maxSize === 0 ? current.maxSizeMb : maxSize,
    maxBackups: maxBackups === 0 ? current.maxBackups : maxBackups,
    rotationIntervalMs: intervalMs,
  });
  return {};
}

function rotationOf({ rotation }: ServedAgent): RotationSettings {
  if (rotation === undefined)
    throw new GrpcError(STATUS.failedPrecondition, "There is no event log: --export-filename is not set");
  return rotation;
}
