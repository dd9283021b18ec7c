/** Modules for tests, and what they do to their own process. */

import { expect } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  EVENTS,
  feed,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

/** What {@link exportAll} reads. */
export const INPUT = `${EVENTS.join("\n")}\n`;

/** A module that appends what `body` makes of each batch, and files beside it. */
export function writeModule(text: string, files: Readonly<Record<string, string>> = {}) {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const path = join(directory, "x.ts");
  const output = join(directory, "output");
  writeFileSync(path, text.replaceAll("OUTPUT", output));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  const written = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
  return { directory, path, output, written };
}

/** Runs an agent that reads the sample events, and gives them to the module. */
export function exportAll(path: string, ...flags: readonly string[]) {
  return runTetrad(
    ["--event-source=stdin", `--export-module=${path}`, "--export-module-when-full=block", ...flags],
    { input: INPUT },
  );
}

/** What a module does to its process when it meets the event with this in it. */
export const HOSTILE = [
  { does: "throws", code: 'throw new Error("I do not like it")', log: "I do not like it" },
  {
    does: "leaves a rejection to nobody",
    code: 'Promise.reject(new Error("nobody")); await Bun.sleep(1e6)',
    log: "nobody",
  },
  { does: "calls process.exit()", code: "process.exit(3)", log: "exit code 3" },
  { does: "aborts", code: "process.abort()", log: "SIGABRT" },
  { does: "loops", code: "for (;;);", log: "it acknowledged nothing for 1500 ms" },
  {
    does: "eats memory",
    code: "const all = []; for (;;) all.push(Buffer.alloc(16e6, 1))",
    log: "more than the 160 MB of --export-module-max-memory",
  },
  {
    does: "closes its channel",
    code: 'require("fs").closeSync(4); await Bun.sleep(1e6)',
    log: "its channel to the agent: closed",
  },
  {
    does: "acknowledges what it was not given",
    code: `require("fs").writeSync(4, '{"type":"done","id":99,"refused":[]}\\n'); await Bun.sleep(1e6)`,
    log: "it said of events what cannot be",
  },
  {
    does: "refuses events that are not there",
    code: `require("fs").writeSync(4, '{"type":"done","id":1,"refused":[[1e9,""]]}\\n'); await Bun.sleep(1e6)`,
    log: "it said of events what cannot be",
  },
  {
    does: "says what is no message",
    code: 'require("fs").writeSync(4, "x\\n"); await Bun.sleep(1e6)',
    log: "found what is no message",
  },
  {
    does: "says a message without end",
    code: 'for (;;) { try { require("fs").writeSync(4, "x".repeat(65536)) } catch {} await Bun.sleep(0) }',
    log: "found a message of more than",
  },
] as const;

const BAD = JSON.stringify({ process_exec: { process: { binary: "/bin/poison" } } });

const GOOD_BEFORE = EVENTS.slice(0, 3);
const GOOD_AFTER = EVENTS.slice(3);

/**
 * Gives a module good events, the bad one, and good ones again. It gets the others, loses that one, and UDP has all of them.
 * @param together All at once: in one batch.
 */
export async function meet({ code, log }: (typeof HOSTILE)[number], together: boolean) {
  const receiver = await TestReceiver.open();
  const { path, directory, written } = writeModule(
    `import { appendFileSync } from "node:fs";
     export default {
       async export(batch) {
         for (const [i, line] of batch.lines.entries()) {
           if (line.includes("/bin/poison")) { ${code} }
           appendFileSync("OUTPUT", line + "\\n");
           batch.acknowledge(i + 1);
         }
       },
     };`,
  );
  const letters = join(directory, "letters");
  const isRefused = () => existsSync(letters) && readFileSync(letters, "utf8").endsWith("\n");
  const agent = startTetrad([
    "--event-source=stdin",
    "--udp-output-enabled",
    `--udp-output-port=${receiver.port}`,
    `--export-module=${path}`,
    ...(code.startsWith("for (;;);") ? ["--export-module-timeout=1500ms"] : []),
    "--export-module-max-memory=160M",
    "--export-module-backoff-max=100ms",
    `--export-module-dead-letter-file=${letters}`,
  ]);
  const wait = (count: number) =>
    until(
      () => written().length === count + 1,
      () => `${count} events of the module, found ${written().length - 1}\n${agent.log()}`,
    );
  await feed(agent, together ? [...GOOD_BEFORE, BAD, ...GOOD_AFTER] : GOOD_BEFORE);
  if (!together) {
    await wait(GOOD_BEFORE.length);
    await feed(agent, [BAD]);
    // One with which it throws is given up when it has taken others.
    if (!code.startsWith("throw")) await until(isRefused, () => `a dead letter\n${agent.log()}`);
    await feed(agent, GOOD_AFTER);
  }
  await wait(EVENTS.length);
  await until(() => isRefused() && receiver.events.length === EVENTS.length + 1, "datagrams");
  agent.process.stdin.end();
  expect(await agent.exit()).toBe(0);
  expect(written().slice(1)).toEqual([...EVENTS]);
  const kept = readFileSync(letters, "utf8").trimEnd().split("\n");
  expect(kept.map((line) => JSON.parse(line).document)).toEqual([JSON.parse(BAD)]);
  expect(agent.log()).toContain(log);
  expect(totalsIn(agent.log())).toMatchObject({
    module_exported: EVENTS.length,
    module_refused: 1,
    module_queue_full: 0,
    module_send_failed: 0,
    udp_exported: EVENTS.length + 1,
  });
}
