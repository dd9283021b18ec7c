import { afterEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isValidMetadata } from "../../src/event/validate.ts";
import {
  cleanUp,
  EVENTS,
  EVENTS_FILE,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  until,
} from "./harness.ts";

afterEach(cleanUp);

type Metadata = Record<string, unknown> & { readonly event: "agent_init" | "agent_refresh" | "agent_stop" };

/** Metadata events among these lines, each of which must be as it is described. */
function metadataIn(lines: readonly string[]): Metadata[] {
  const found = lines.map((line) => JSON.parse(line)).filter(({ event }) => /^agent_/.test(event ?? ""));
  for (const event of found) expect(isValidMetadata(event.event, event)).toBe(true);
  return found;
}

/** An agent that reads standard input and sends to a receiver of its own. */
async function startAgent(flags: readonly string[], settings: Parameters<typeof startTetrad>[1] = {}) {
  const receiver = await TestReceiver.open();
  const udp = ["--udp-output-enabled", `--udp-output-port=${receiver.port}`];
  const agent = startTetrad([...udp, "--event-source=stdin", ...flags], settings);
  const metadata = () => metadataIn(receiver.datagrams);
  /** Waits for metadata of which `test` holds. */
  const said = async (test: (event: Metadata) => boolean) => {
    await until(
      () => metadata().some(test),
      () => `metadata: ${receiver.datagrams.at(-1)}\n${agent.log()}`,
    );
    return metadata().find(test)!;
  };
  return { receiver, agent, metadata, said };
}

/** Stops the agent and waits until all of its datagrams have come, of which the last one says how many there were. */
async function finish({
  receiver,
  agent,
  metadata,
}: Awaited<ReturnType<typeof startAgent>>): Promise<Metadata> {
  agent.process.kill("SIGTERM");
  expect(await agent.exit()).toBe(0);
  await until(() => metadata().filter(({ event }) => event === "agent_stop").length === 3, "three copies");
  const stop = metadata().at(-1)!;
  await receiver.waitFor(Number(stop.datagrams_sent) + 3);
  return stop;
}

describe("tetrad --metadata-interval", () => {
  test("sends the metadata again and again, with what was sent before; the last says why, three times", async () => {
    const run = await startAgent(["--metadata-interval=100ms"]);
    await run.said(({ event }) => event === "agent_refresh");
    run.agent.process.stdin.write(`${EVENTS.slice(0, 5).join("\n")}\n`);
    run.agent.process.stdin.flush();
    await run.said(({ events_sent }) => events_sent === 5);
    const stop = await finish(run);
    expect(stop).toMatchObject({
      stop_reason: "signal",
      stop_detail: "SIGTERM",
      events_sent: 5,
      dropped_queue_full: 0,
    });
    const { datagrams } = run.receiver;
    for (const [i, text] of datagrams.slice(0, -2).entries()) {
      const event = JSON.parse(text) as Metadata;
      if (event.event === undefined) continue;
      expect({ i, sent: event.datagrams_sent ?? 0 }).toEqual({ i, sent: i });
      expect(event.bytes_sent ?? 0).toBe(Buffer.byteLength(datagrams.slice(0, i).join("")));
    }
    const all = run.metadata().slice(0, -2);
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, i) => i));
    expect(all.map(({ event }) => event)).toEqual([
      "agent_init",
      ...Array(all.length - 2).fill("agent_refresh"),
      "agent_stop",
    ]);
    expect(new Set(all.map(({ start_id }) => start_id)).size).toBe(1);
    expect(new Set(all.map(({ uptime }) => uptime))).toEqual(new Set(["initialized at 0"]));
  });

  test("without it agent_init is all there is, whatever happens", async () => {
    const { receiver, agent, said, metadata } = await startAgent([]);
    await said(({ event }) => event === "agent_init");
    await agent.logged("Source started");
    agent.process.kill("SIGHUP");
    await agent.logged("Reloaded");
    agent.process.stdin.write(`${EVENTS[0]}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    await receiver.waitFor(2);
    expect(metadata().map(({ event }) => event)).toEqual(["agent_init"]);
  });

  test("says at once what SIGHUP has changed, and nothing when it has changed nothing", async () => {
    const site = join(temporaryDirectory(), "site");
    const write = (where: string) => writeFileSync(site, `${where}\n`, { mode: 0o600 });
    write("berlin");
    const run = await startAgent(["--metadata-interval=1h", `--metadata-field=site=@${site}`]);
    const first = await run.said(({ event }) => event === "agent_init");
    expect(first.site).toBe("berlin");
    await run.agent.logged("Source started");
    run.agent.process.kill("SIGHUP");
    await run.agent.logged("Reloaded");
    write("bonn");
    run.agent.process.kill("SIGHUP");
    expect(await run.said((event) => event.site === "bonn")).toMatchObject({
      event: "agent_refresh",
      sequence: 1,
    });
    await finish(run);
  });

  test.skipIf(process.getuid?.() !== 0)("says at once that the host has another name", async () => {
    const prefix = ["unshare", "--uts", "sh", "-c", 'hostname before && exec "$@"', "sh"];
    const run = await startAgent(["--metadata-interval=1h"], { prefix });
    expect(await run.said(({ event }) => event === "agent_init")).toMatchObject({ hostname: "before" });
    await run.agent.logged("Source started");
    const { pid } = run.agent.process;
    expect(Bun.spawnSync(["nsenter", `--target=${pid}`, "--uts", "hostname", "after"]).exitCode).toBe(0);
    expect(await run.said(({ hostname }) => hostname === "after")).toMatchObject({ event: "agent_refresh" });
    await finish(run);
  });

  test("names the end of the input, and a source that failed", async () => {
    const directory = temporaryDirectory();
    const reasonOf = async (source: string) => {
      const receiver = await TestReceiver.open();
      const flags = [
        "--metadata-interval=1h",
        `--event-source=${source}`,
        "--from-beginning",
        "--exit-at-end",
      ];
      await runTetrad(["--udp-output-enabled", `--udp-output-port=${receiver.port}`, ...flags]);
      await until(() => metadataIn(receiver.datagrams).length === 4, "the metadata");
      return metadataIn(receiver.datagrams).at(-1);
    };
    const ended = await reasonOf(`file:${EVENTS_FILE}`);
    expect(ended).toMatchObject({ stop_reason: "end_of_input", events_sent: EVENTS.length });
    expect(ended).not.toContainKey("stop_detail");
    const path = join(directory, "events.jsonl.gz");
    writeFileSync(path, "no gzip");
    const failed = await reasonOf(`file:${path}`);
    expect(failed).toMatchObject({ stop_reason: "error", stop_detail: expect.stringContaining(path) });
  });

  test("goes to standard output, too, where --export-metadata asks for it, once each", async () => {
    const flags = [
      "--export-stdout",
      "--export-metadata",
      "--metadata-interval=1h",
      "--metadata-field=rack:=7",
    ];
    const { code, stdout } = await runTetrad([...flags, "--event-source=stdin"], { input: `${EVENTS[0]}\n` });
    expect(code).toBe(0);
    const [first, event, last, ...more] = stdout.trimEnd().split("\n");
    expect(more).toEqual([]);
    expect(event).toBe(EVENTS[0]!);
    expect(metadataIn([first!, last!])).toMatchObject([
      { event: "agent_init", rack: 7 },
      {
        event: "agent_stop",
        rack: 7,
        stop_reason: "end_of_input",
        events_sent: 1,
        bytes_sent: event!.length + 1,
      },
    ]);
  });

  test("two exporters count each for themselves", async () => {
    const other = await TestReceiver.open();
    const named = { other: { type: "udp", "udp-output-port": other.port } };
    const run = await startAgent(["--metadata-interval=1h", `--exporters=${JSON.stringify(named)}`]);
    await run.said(({ event }) => event === "agent_init");
    run.agent.process.stdin.write(`${EVENTS[0]}\n`);
    run.agent.process.stdin.flush();
    await until(() => other.events.length === 1, "the event");
    const stop = await finish(run);
    const [otherStop] = metadataIn(other.datagrams).slice(-1);
    expect(otherStop).toMatchObject({
      start_id: stop.start_id,
      events_sent: 1,
      udp_receiver: `127.0.0.1:${other.port}`,
    });
    expect(stop.udp_receiver).toBe(`127.0.0.1:${run.receiver.port}`);
  });
});

describe("tetrad --metadata-field", () => {
  test("takes a variable that has nothing to do with the agent otherwise", async () => {
    const run = await startAgent(["--metadata-field=team=env:TEAM"], { env: { TEAM: "blue=1" } });
    expect(await run.said(({ event }) => event === "agent_init")).toMatchObject({ team: "blue=1" });
  });

  test("a start with fields that are not good: one line each, exit 2, nothing sent", async () => {
    const receiver = await TestReceiver.open();
    const flags = ["--metadata-field=start_id=x", "--metadata-field=a=@/nowhere"];
    const udp = ["--udp-output-enabled", `--udp-output-port=${receiver.port}`, "--event-source=stdin"];
    const own = await runTetrad([...udp, flags[0]!]);
    expect(own.code).toBe(2);
    expect(own.stderr).toContain("a name that is the agent's own");
    const missing = await runTetrad([...udp, flags[1]!]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("found no file");
    expect(receiver.datagrams).toEqual([]);
  });
});
