/** @module Whether the sensor can run here. */

import { existsSync } from "node:fs";
import { readKernelBtf } from "../../kernel/btf/index.ts";
import { errorMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { SENSOR_HOOKS } from "./probe/index.ts";
import { missingFeature, probeKernel } from "./requirement.ts";

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
  if (!isProcfs(procfs))
    throw new TetradError("config", `Cannot use --procfs "${procfs}": no "stat" there, expected a procfs`);
  if (btf === "") return;
  try {
    readKernelBtf(btf);
  } catch (cause) {
    throw new TetradError("config", `Cannot use --btf "${btf}": ${errorMessage(cause)}`, { cause });
  }
}
