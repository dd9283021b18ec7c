/**
 * @module The native sensor: watches the kernel itself, and writes what it sees as Tetragon's JSON.
 *
 * ```ts
 * const sensor = new SensorSource({ nodeName: "node-1", scope: "cgroup:/tests" }, { sink, counters, log });
 * await sensor.run(); // until sensor.stop()
 * ```
 */
export { checkSensorPaths, isProcfs, sensorObstacle } from "./obstacle.ts";
export { missingFeature, type Probe, probeKernel } from "./requirement.ts";
export { resolveScope } from "./scope/scope.ts";
export { SensorSource } from "./sensor.ts";
export type { SensorSettings } from "./settings.ts";
