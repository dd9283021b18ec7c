/** @module `GetDebug` and `SetDebug`: the log level. */
import type {
  GetDebugRequest,
  SetDebugRequest,
} from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { ConfigFlag, LogLevel as Level } from "../../encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { GrpcError, STATUS } from "../../lib/grpc/status.ts";
import type { LogLevel } from "../../telemetry/log.ts";
import type { ServedAgent } from "../definition.ts";

const LEVELS: readonly (readonly [Level, LogLevel])[] = [
  [Level.PANIC, "panic"],
  [Level.FATAL, "fatal"],
  [Level.ERROR, "error"],
  [Level.WARN, "warn"],
  [Level.INFO, "info"],
  [Level.DEBUG, "debug"],
  [Level.TRACE, "trace"],
];

/** @throws GrpcError for what cannot be asked for. */
export function getDebug(agent: ServedAgent, { flag }: GetDebugRequest) {
  if (flag === ConfigFlag.DUMP_PROCESS_CACHE)
    throw new GrpcError(STATUS.unimplemented, "The process cache cannot be dumped");
  if (flag !== ConfigFlag.LOG_LEVEL) throw unknownFlag(flag);
  const { logLevel } = agent;
  const [level = Level.INFO] = LEVELS.find(([, name]) => name === logLevel) ?? [
    logLevel === "warning" ? Level.WARN : Level.INFO,
  ];
  return { flag, arg: { case: "level" as const, value: level } };
}

/** @throws GrpcError for what cannot be set. */
export function setDebug(agent: ServedAgent, { flag, arg }: SetDebugRequest) {
  if (flag !== ConfigFlag.LOG_LEVEL) throw unknownFlag(flag);
  // An enum's zero is not sent: panic, as in Tetragon.
  const value = arg.case === "level" ? arg.value : Level.PANIC;
  const [level, name] = LEVELS.find(([number]) => number === value) ?? [];
  if (level === undefined || name === undefined)
    throw new GrpcError(STATUS.invalidArgument, `There is no log level ${value}`);
  agent.setLogLevel(name);
  return { flag, arg: { case: "level" as const, value: level } };
}

function unknownFlag(flag: number): GrpcError {
  return new GrpcError(STATUS.invalidArgument, `There is no such flag: ${flag}`);
}
