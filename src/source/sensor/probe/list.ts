/**
 * @module The probes of the sensor. The last one is attached first, and `fork` last: so of a process whose beginning is
 * recorded all that follows is, too.
 */
import type { ProbeValues } from "../settings.ts";
import { connect } from "./connect/index.ts";
import type { Probe, ProbedHook } from "./declaration.ts";
import { exec } from "./exec/index.ts";
import { exit } from "./exit/index.ts";
import { fork } from "./fork/index.ts";
import { move } from "./move/index.ts";
import { tcp } from "./tcp/index.ts";

const LIST = [fork, exec, exit, tcp, connect, move] as const;

/** All of them. */
export const PROBES: readonly Probe[] = LIST;

type Rows = (typeof LIST)[number]["options"];
type Merged<T> = (T extends unknown ? (rows: T) => void : never) extends (rows: infer All) => void
  ? All
  : never;

/** The options of all probes. */
export const PROBE_OPTIONS = Object.assign({}, ...LIST.map(({ options }) => options)) as Merged<Rows>;

/** The number that the records of a probe begin with. */
export function kindOf({ name }: Pick<Probe, "name">): number {
  return PROBES.findIndex((probe) => probe.name === name) + 1;
}

/** The number that the records of policies begin with: one that no probe has. */
export const POLICY_RECORD = PROBES.length + 1;

/** The probe of that name. @throws RangeError when there is none. */
export function findProbe(name: string): Probe {
  const probe = PROBES.find((candidate) => candidate.name === name);
  if (probe === undefined) throw new RangeError(`Cannot find probe "${name}"`);
  return probe;
}

/** The probes that the options' values ask for. */
export function wantedProbes(values: ProbeValues): Probe[] {
  return PROBES.filter((probe) => probe.isWanted(values));
}

/** The tracepoints of all probes; those must be there that the options' values ask for. */
export function probedHooks(values: ProbeValues): ProbedHook[] {
  return PROBES.flatMap(({ hook, isWanted }) =>
    hook === undefined ? [] : { ...hook, isRequired: isWanted(values) },
  );
}
