import { expect, test } from "bun:test";
import { handleSignals } from "../../src/agent/signals.ts";

test("SIGHUP does not end the process after the agent has stopped listening, however often one is made", async () => {
  const seen: string[] = [];
  const before = process.listenerCount("SIGHUP");
  for (let run = 0; run < 3; run++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = handleSignals({
      stop: () => {},
      abort: () => {},
      reload() {
        seen.push("reload");
        resolve();
      },
    });
    process.kill(process.pid, "SIGHUP");
    await promise;
    stop();
    process.kill(process.pid, "SIGHUP");
  }
  await Bun.sleep(0);
  expect(seen).toEqual(["reload", "reload", "reload"]);
  expect(process.listenerCount("SIGHUP") - before).toBeLessThanOrEqual(1);
});
