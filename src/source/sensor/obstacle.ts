/** @module Whether the sensor can run here. */

import { existsSync, statSync } from "node:fs";
import { readKernelBtf } from "../../kernel/btf/index.ts";
import { capabilitySet, readProcessPrivileges } from "../../os/capability.ts";
import { bareMessage, codeOrText, errorMessage, isMissing, isShortage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import type { SourceSettings } from "../source.ts";
import { probedHooks, SENSOR_HOOKS } from "./probe/index.ts";
import { missingFeature, probeKernel } from "./requirement.ts";
import type { SensorSettings } from "./settings.ts";

/**
 * Why the sensor cannot run on this host, or `undefined` when nothing speaks against it. Asks the kernel, which
 * takes some 20 milliseconds.
 */
export function sensorObstacle(procfs?: string, btf?: string): TetradError | undefined {
  return missingFeature(probeKernel(SENSOR_HOOKS, procfs, btf || undefined));
}

/** Whether procfs is mounted there. */
export function isProcfs(path: string): boolean {
  return existsSync(`${path}/stat`);
}

/**
 * Whether the files that the sensor is to read are what they should be.
 * @param btf Path of the kernel's types; empty for the kernel's own.
 * @throws TetradError `config`
 */
export function checkSensorPaths({ procfs, btf }: { readonly procfs: string; readonly btf: string }): void {
  try {
    statSync(`${procfs}/stat`);
  } catch (cause) {
    const found = isMissing(cause) ? 'no "stat" there' : `stat: ${codeOrText(cause)}`;
    throw new TetradError("config", `Cannot use --procfs "${procfs}": ${found}, expected a procfs`, {
      cause,
    });
  }
  if (btf === "") return;
  try {
    readKernelBtf(btf);
  } catch (cause) {
    throw new TetradError("config", `Cannot use --btf "${btf}": ${bareMessage(cause)}`, { cause });
  }
}

/**
 * Where `action` fails, says what this host lacks beside what failed.
 * @throws TetradError `unsupported` for what the host lacks, else what `action` does.
 */
export function sayingWhatIsMissing<T>({ probes = {}, procfs, btf }: SensorSettings, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const hooks = probedHooks(probes).filter(({ isRequired }) => isRequired);
    const missing = missingFeature(probeKernel(hooks, procfs?.replace(/\/+$/, ""), btf || undefined));
    // A want of descriptors or memory is no lack of the host's.
    if (isShortage(error)) throw new TetradError("failed", errorMessage(error), { cause: error });
    if (missing === undefined) throw error;
    const [failed = ""] = errorMessage(error).split("\n");
    throw new TetradError(missing.code, `${missing.message} (what failed: ${failed})`, { cause: error });
  }
}

/** Warns where the agent lacks a right without which the sensor sees less. */
export function warnOfMissingRight(log: SourceSettings["log"]): void {
  const { effective } = readProcessPrivileges();
  if ((effective & capabilitySet(["CAP_SYS_PTRACE"])) !== 0n) return;
  log.warn(
    "Sensor may not look at all processes that run already: some are reported without binary and directory; grant CAP_SYS_PTRACE",
  );
}
