/**
 * @module The probes of the sensor. The last one is attached first, and `fork` last: so of a process whose beginning is
 * recorded all that follows is, too.
 */
import type { ProbedHook } from "../requirement.ts";
import type { SensorSettings } from "../settings.ts";
import { connect } from "./connect/index.ts";
import { exec } from "./exec/index.ts";
import { exit } from "./exit/index.ts";
import { fork } from "./fork/index.ts";
import type { Probe } from "./probe.ts";
import { tcp } from "./tcp/index.ts";

/** All of them. */
export const PROBES: readonly Probe[] = [fork, exec, exit, tcp, connect];

/** Bytes of the longest record. */
export const LONGEST_RECORD: number = Math.max(...PROBES.map(({ record }) => record.maxSize));

/** The number that the records of a probe begin with. */
export function kindOf(probe: Probe): number {
  return PROBES.indexOf(probe) + 1;
}

/** The probe of that name. @throws RangeError when there is none. */
export function findProbe(name: string): Probe {
  const probe = PROBES.find((candidate) => candidate.name === name);
  if (probe === undefined) throw new RangeError(`Cannot find probe "${name}"`);
  return probe;
}

/** The probes that the settings ask for. */
export function wantedProbes(settings: SensorSettings): Probe[] {
  return PROBES.filter((probe) => probe.isWanted(settings));
}

/** The tracepoints of all probes; those must be there that the settings ask for. */
export function probedHooks(settings: SensorSettings): ProbedHook[] {
  return PROBES.flatMap(({ hook, isWanted }) =>
    hook === undefined ? [] : { ...hook, isRequired: isWanted(settings) },
  );
}

/** The tracepoints without which there is no sensor. */
export const SENSOR_HOOKS: readonly ProbedHook[] = probedHooks({ nodeName: "" }).filter(
  ({ isRequired }) => isRequired,
);
