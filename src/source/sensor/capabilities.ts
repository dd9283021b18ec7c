/** @module The capabilities that the sensor uses: for the agent's rights, for the systemd unit, and for `tetrad doctor`. */
import type { CapabilityNeed } from "../../component/definition.ts";
import type { sensorRows } from "./options.ts";
import { PROBES } from "./probe/list.ts";

/** A capability, and what `tetrad doctor` says where it is missing. */
export interface SensorCapability extends CapabilityNeed<ReturnType<typeof sensorRows>> {
  /** Whether the sensor cannot run without it, or only sees less. @default not looked at: something else shows it */
  readonly without?: "nothing" | "less";
}

/** What the sensor needs, and what its probes say that they need. */
export const SENSOR_CAPABILITIES: readonly SensorCapability[] = [
  { name: "CAP_BPF", until: "stop", why: "create maps and load programs", without: "nothing" },
  { name: "CAP_PERFMON", until: "start", why: "load tracing programs", without: "nothing" },
  { name: "CAP_PERFMON", until: "policies", why: "load tracing policies that come later" },
  { name: "CAP_SYS_PTRACE", until: "policies", why: "see which programs run that such a policy asks for" },
  ...PROBES.flatMap(({ capabilities, isWanted }) =>
    capabilities.map((capability) => ({ ...capability, when: isWanted })),
  ),
  {
    name: "CAP_SYS_PTRACE",
    until: "start",
    why: "read path and directory of processes that run already, and find a pidns scope",
    without: "less",
  },
  {
    name: "CAP_SYS_PTRACE",
    until: "stop",
    why: "read namespaces and environment of processes that run already, and find a scope again that was gone",
    when: (values) =>
      values["sensor-scope"] !== "" ||
      values["enable-process-ns"] ||
      values["username-metadata"] !== "disabled" ||
      values["enable-process-environment-variables"],
  },
  {
    name: "CAP_DAC_READ_SEARCH",
    until: "stop",
    why: "read the environment of other users' processes",
    when: (values) => values["enable-process-environment-variables"],
  },
];
