import { expect, test } from "bun:test";
import { SENSOR_CAPABILITIES } from "../../../src/source/sensor/capabilities.ts";
import { PROBES } from "../../../src/source/sensor/probe/list.ts";

test.each(PROBES.map((probe) => [probe.name, probe] as const))(
  "SENSOR_CAPABILITIES has all that probe %s needs",
  (_, probe) => {
    const names = SENSOR_CAPABILITIES.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(probe.capabilities.map(({ name }) => name)));
  },
);
