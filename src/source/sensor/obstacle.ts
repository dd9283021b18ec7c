/** @module Whether the sensor can run here. */
import { missingFeature, probeKernel } from "../../kernel/loader/index.ts";
import { SENSOR_HOOKS } from "../../kernel/sensor/index.ts";
import type { TetradError } from "../../os/error.ts";

/**
 * Why the sensor cannot run on this host, or `undefined` when nothing speaks against it. Asks the kernel, which
 * takes some 20 milliseconds.
 */
export function sensorObstacle(procfs?: string): TetradError | undefined {
  return missingFeature(probeKernel(SENSOR_HOOKS, procfs));
}
