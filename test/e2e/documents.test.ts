/** A line that costs much to parse costs little here, and is behind a checkpoint like any other. */
import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, startTetrad, temporaryDirectory, totalsIn } from "./harness.ts";
import { peakOf } from "./memory.ts";

afterEach(cleanUp);

const EXIT = '{"process_exit":{"process":{"pid":1}},"time":"2026-01-01T00:00:00Z"}';
/** The shipped unit's own limit is 256 MB. */
const MAX_RSS = 180 * 1024 * 1024;
const LENGTH = 4 * 1024 * 1024 - 1000;

describe("4 MiB of nested lists", () => {
  test.each([
    ["without stages", []],
    ["with a filter", ['--export-denylist={"pid":[9]}']],
  ])("%s: one line is refused, the position goes past it, and memory stays", async (_what, flags) => {
    const directory = temporaryDirectory();
    const file = join(directory, "events.log");
    const lists = "[".repeat(LENGTH / 2) + "]".repeat(LENGTH / 2);
    writeFileSync(file, `{"process_exec":{"new":${lists}}}\n${EXIT}\n`);
    const run = async () => {
      const agent = startTetrad([
        ...[`--event-source=file:${file}`, "--from-beginning", "--exit-at-end", "--export-stdout"],
        ...[`--checkpoint-file=${join(directory, "checkpoint")}`, ...flags],
      ]);
      const peak = await peakOf(agent.process);
      expect(await agent.exit()).toBe(0);
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThan(MAX_RSS);
      return agent;
    };
    const first = await run();
    expect(first.stdout()).toBe(`${EXIT}\n`);
    expect(totalsIn(first.log())).toMatchObject({ read: 2, invalid: 1, accepted: 1 });
    const second = await run();
    expect(second.stdout()).toBe("");
    expect(totalsIn(second.log())).toMatchObject({ read: 0, invalid: 0 });
  });
});

test("4 MiB of secrets: each is redacted, and memory stays", async () => {
  const file = join(temporaryDirectory(), "events.log");
  const count = Math.floor(LENGTH / 5);
  const line = (secret: string) =>
    `{"process_exec":{"process":{"arguments":"${`tok=${secret}`.repeat(count)}"}}}\n`;
  writeFileSync(file, line("A"));
  const agent = startTetrad([
    ...[`--event-source=file:${file}`, "--from-beginning", "--exit-at-end", "--export-stdout"],
    '--redaction-filters={"redact":["tok=(A)"]}',
  ]);
  const peak = await peakOf(agent.process);
  expect(await agent.exit()).toBe(0);
  expect(agent.stdout() === line("*****")).toBe(true);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(MAX_RSS);
});
