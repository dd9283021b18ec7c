/**
 * @module The native sensor: watches the kernel itself, and writes what it sees as Tetragon's JSON.
 *
 * ```ts
 * const sensor = createSensor({ nodeName: "node-1", scope: "cgroup:/tests" }, { sink, counters, log });
 * await sensor.run(); // until sensor.stop()
 * ```
 */
export { SensorSource } from "./sensor.ts";
export type { SensorSettings } from "./settings.ts";
