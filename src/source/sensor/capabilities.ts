/** @module The capabilities that the sensor uses: for the agent's rights, for the systemd unit, and for `tetrad doctor`. */
import type { CapabilityNeed } from "../../component/definition.ts";
import type { SENSOR_OPTIONS } from "./options.ts";
import { PROBES } from "./probe/list.ts";

/** A capability, and what `tetrad doctor` says where it is missing. */
export interface SensorCapability extends CapabilityNeed<typeof SENSOR_OPTIONS> {
  /** Whether the sensor cannot run without it, or only sees less. @default not looked at: something else shows it */
  readonly without?: "nothing" | "less";
}

/** What the sensor needs, and what its probes say that they need. */
export const SENSOR_CAPABILITIES: readonly SensorCapability[] = [
  { name: "CAP_BPF", until: "stop", why: "create maps and load programs", without: "nothing" },
  { name: "CAP_PERFMON", until: "start", why: "load tracing programs", without: "nothing" },
  ...PROBES.flatMap(({ capabilities, isWanted }) =>
    capabilities.map((capability) => ({ ...capability, when: isWanted })),
  ),
  {
    name: "CAP_SYS_PTRACE",
    until: "stop",
    why: "read path, directory and namespaces of processes that run already, and to find a pidns scope",
    without: "less",
  },
  { name: "CAP_DAC_READ_SEARCH", until: "stop", why: "look into directories of other users below /proc" },
];
