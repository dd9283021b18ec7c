/** @module How soon an exec on a quiet host is a datagram. */
import { existsSync } from "node:fs";
import { CLOCK, clockNanoseconds } from "../../../src/os/system-call.ts";
import { sensorObstacle } from "../../../src/source/sensor/index.ts";
import { SensorAgent } from "../sensor-agent.ts";
import { LoadNamespace, waitFor } from "../sensor-load.ts";
import { median } from "../statistics.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

const PROGRAM = "/bin/true";
const EXECS = { quick: 5, full: 40 };
/** Milliseconds between two: longer than the agent waits for more events. Not a multiple of what it waits. */
const SHORTEST_GAP = 60;
const GAP_STEP = 7;
const GAP_STEPS = 9;

/** Milliseconds from the time in an event, which the kernel took at exec, to now. */
function delayOf(time: string): number {
  const [second, fraction = "0Z"] = time.split(".") as [string, string?];
  const nanoseconds = BigInt(fraction.slice(0, -1).padEnd(9, "0"));
  const at = BigInt(Date.parse(`${second}Z`)) * 1_000_000n + nanoseconds;
  return Number(clockNanoseconds(CLOCK.REALTIME) - at) / 1e6;
}

async function measure({ executable, isQuick, rounds }: RowSettings): Promise<number> {
  const obstacle = sensorObstacle();
  if (obstacle !== undefined) throw new NotMeasured(obstacle.message);
  if (!existsSync(executable)) throw new NotMeasured("not built: run npm run build");
  const delays: number[] = [];
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data(_, bytes) {
        const { process_exec: exec, time } = JSON.parse(bytes.toString()) as {
          process_exec?: { process: { arguments?: string } };
          time: string;
        };
        if (exec?.process.arguments === "measured") delays.push(delayOf(time));
      },
    },
  });
  await using namespace = await LoadNamespace.create();
  const agent = await SensorAgent.start(executable, namespace.scope, socket);
  const count = isQuick ? EXECS.quick : EXECS.full * rounds;
  for (let i = 1; i <= count; i++) {
    await Bun.sleep(SHORTEST_GAP + (i % GAP_STEPS) * GAP_STEP);
    await Bun.spawn(namespace.enter([PROGRAM, "measured"])).exited;
    await waitFor(() => delays.length === i, "an exec is a datagram");
  }
  await agent.stop();
  return median(delays);
}

export const execToDatagram: Row = {
  name: "sensor/exec to datagram",
  label: "from an exec on a quiet host to its datagram, median",
  goal: { atMost: 1 },
  kind: "time",
  unit: "ms",
  digits: 2,
  measure,
};
