import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, runTetrad, startTetrad, TestReceiver, temporaryDirectory } from "./harness.ts";

afterEach(cleanUp);

/** Where each of these is in the log; all must be there. */
function placesIn(log: string, ...messages: string[]): number[] {
  return messages.map((message) => {
    expect(log).toContain(message);
    return log.indexOf(message);
  });
}

describe("a start that fails", () => {
  // There is no such process, and where the sensor cannot run at all it fails, too: after the exporters have started.
  const failing = ["--event-source=sensor", "--sensor-scope=pidns:0"];

  test("leaves no file, no directory and no checkpoint, and sends nothing", async () => {
    const directory = temporaryDirectory();
    const receiver = await TestReceiver.open();
    const { code, stderr } = await runTetrad([
      "--event-source=file:/nonexistent",
      "--event-source=sensor",
      "--btf=/nonexistent",
      `--export-filename=${join(directory, "new/deep/events.log")}`,
      `--checkpoint-file=${join(directory, "state/checkpoint")}`,
      "--udp-output-enabled",
      `--udp-output-port=${receiver.port}`,
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("Cannot use --btf")]);
    expect(readdirSync(directory)).toEqual([]);
    expect(receiver.datagrams).toEqual([]);
  });

  test("leaves a file that was there as it was, however often it is tried", async () => {
    const path = join(temporaryDirectory(), "events.log");
    writeFileSync(path, `${EVENTS[0]}\n`);
    for (let attempt = 0; attempt < 2; attempt++) {
      const { code } = await runTetrad([...failing, `--export-filename=${path}`]);
      expect([2, 3]).toContain(code);
    }
    expect(readFileSync(path, "utf8")).toBe(`${EVENTS[0]}\n`);
  });

  test("keeps a directory in which another program has put something", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "ours"));
    writeFileSync(join(directory, "ours/theirs"), "");
    await runTetrad([...failing, `--export-filename=${join(directory, "ours/events.log")}`]);
    expect(readdirSync(join(directory, "ours"))).toEqual(["theirs"]);
  });
});

describe("input", () => {
  test("is not looked at before the agent has given up its rights", async () => {
    const agent = startTetrad(["--event-source=stdin", "--export-stdout"]);
    agent.process.stdin.write("no event\n");
    await agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    const places = placesIn(agent.log(), "Privileges dropped", "Source started", "Invalid event dropped");
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

describe("agent_init", () => {
  test.skipIf(process.geteuid?.() !== 0)("waits for a change of user, which may fail", async () => {
    const receiver = await TestReceiver.open();
    const flags = ["--event-source=stdin", "--udp-output-enabled", `--udp-output-port=${receiver.port}`];
    const { code, stderr } = await runTetrad([...flags, "--user=nobody"], { input: "" });
    expect(code).toBe(0);
    const [dropped, sent] = placesIn(stderr, "Privileges dropped", "Metadata event sent over UDP");
    expect(dropped!).toBeLessThan(sent!);
  });
});
