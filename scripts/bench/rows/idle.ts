/** @module What the sensor takes while nothing happens. */
import { existsSync } from "node:fs";
import { processorNanoseconds } from "../../../src/os/system-call.ts";
import { sensorObstacle } from "../../../src/source/sensor/index.ts";
import { SensorAgent } from "../sensor-agent.ts";
import { LoadNamespace } from "../sensor-load.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

/** Seconds until the runtime's collector has found that nothing is going on, and those that are measured. */
const FULL = { settle: 90, seconds: 60 };
const QUICK = { settle: 1, seconds: 2 };

async function measure({ executable, isQuick }: RowSettings): Promise<number> {
  const obstacle = sensorObstacle();
  if (obstacle !== undefined) throw new NotMeasured(obstacle.message);
  if (!existsSync(executable)) throw new NotMeasured("not built: run npm run build");
  await using namespace = await LoadNamespace.create();
  const agent = await SensorAgent.start(executable, namespace.scope);
  const { settle, seconds } = isQuick ? QUICK : FULL;
  await Bun.sleep(settle * 1000);
  const [before, began] = [processorNanoseconds(agent.pid), performance.now()];
  await Bun.sleep(seconds * 1000);
  const [after, ended] = [processorNanoseconds(agent.pid), performance.now()];
  await agent.stop();
  return Number(after - before) / 1e3 / (ended - began);
}

export const idle: Row = {
  name: "sensor/idle",
  label: "processor time of an agent that sees nothing happen, a second; exact in kernel-vm --icount",
  goal: { atMost: 0.15 },
  kind: "CPU",
  isSlow: true,
  unit: "ms",
  digits: 3,
  measure,
};
