/** @module The sensor's programs and maps, as tests of the kernel library load them. */
import type { TypeSource } from "../../src/kernel/btf/index.ts";
import { connect } from "../../src/source/sensor/probe/connect/index.ts";
import { connectProgram as assembleConnect } from "../../src/source/sensor/probe/connect/program.ts";
import { exec } from "../../src/source/sensor/probe/exec/index.ts";
import { execProgram as assembleExec, type ExecOptions } from "../../src/source/sensor/probe/exec/program.ts";
import { execRecord } from "../../src/source/sensor/probe/exec/record.ts";
import { exit } from "../../src/source/sensor/probe/exit/index.ts";
import { exitProgram as assembleExit } from "../../src/source/sensor/probe/exit/program.ts";
import { fork } from "../../src/source/sensor/probe/fork/index.ts";
import { forkProgram as assembleFork } from "../../src/source/sensor/probe/fork/program.ts";
import {
  kindOf,
  type Probe,
  type ProgramContext,
  type Scope,
  sensorMaps as sharedMaps,
} from "../../src/source/sensor/probe/index.ts";
import { tcp } from "../../src/source/sensor/probe/tcp/index.ts";
import { tcpMaps } from "../../src/source/sensor/probe/tcp/maps.ts";
import { type SocketMemory, socketMemory } from "../../src/source/sensor/probe/tcp/memory.ts";
import { tcpProgram } from "../../src/source/sensor/probe/tcp/program.ts";

import { DEFAULT_MAX_ARGUMENTS_SIZE } from "../../src/source/sensor/settings.ts";

export { SENSOR_HOOKS, SENSOR_MAPS } from "../../src/source/sensor/probe/index.ts";

function contextOf(probe: Probe, types: TypeSource, scope: Scope | undefined): ProgramContext {
  return { types, scope, kind: kindOf(probe), settings: { nodeName: "" }, procfs: "/proc" };
}

export const forkProgram = (types: TypeSource, scope: Scope | undefined) =>
  assembleFork(contextOf(fork, types, scope));
export const exitProgram = (types: TypeSource, scope: Scope | undefined) =>
  assembleExit(contextOf(exit, types, scope));
export const execProgram = (
  types: TypeSource,
  { scope, ...options }: Omit<ExecOptions, "maxArgumentsSize"> & { readonly scope: Scope | undefined },
) =>
  assembleExec(contextOf(exec, types, scope), { ...options, maxArgumentsSize: DEFAULT_MAX_ARGUMENTS_SIZE });
export const networkProgram = (types: TypeSource, scope: Scope | undefined, memory: SocketMemory) =>
  tcpProgram(contextOf(tcp, types, scope), memory);
/** How this kernel's sockets can be known, and the way of older ones, which all have. */
export const socketMemories = (types: TypeSource): readonly SocketMemory[] =>
  socketMemory(types) === "storage" ? ["storage", "address"] : ["address"];
export const connectProgram = (types: TypeSource, family: 4 | 6, scope: Scope | undefined) =>
  assembleConnect(contextOf(connect, types, scope), family);

export const sensorMaps = (ringSize: number) => sharedMaps(ringSize, execRecord.maxSize);
export const networkMaps = tcpMaps;
