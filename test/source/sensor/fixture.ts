import { SENSOR_HOOKS } from "../../../src/source/sensor/probe/index.ts";
import { missingFeature, probeKernel } from "../../../src/source/sensor/requirement.ts";
import type { ComponentFixture } from "../../component/fixture.ts";

/** Where the host does not allow eBPF. */
export const isSkipped = missingFeature(probeKernel(SENSOR_HOOKS)) !== undefined;

export function createFixture(): ComponentFixture {
  return {
    working: { values: { "sensor-scope": `pidns:${process.pid}`, "enable-network-events": true } },
    failing: { values: { "sensor-scope": "pidns:0" } },
    [Symbol.dispose]() {},
  };
}
