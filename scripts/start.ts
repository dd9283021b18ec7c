/**
 * `npm start`: builds the executable and shows the main job on loopback. With arguments (`npm start -- --flag`) it
 * runs the agent with them instead.
 */
import { setTimeout as sleep } from "node:timers/promises";

const root = new URL("..", import.meta.url).pathname;
const tetrad = `${root}dist/tetrad`;
const events = `${root}test/fixtures/tetragon-events.jsonl`;
const START_TIMEOUT_MS = 10_000;

/** Progress goes to standard error: standard output may be the agent's. */
function build(): void {
  console.error("Building dist/tetrad ...");
  const { exitCode } = Bun.spawnSync([process.execPath, `${root}scripts/build.ts`], {
    // Standard error, as it is: opened by name it would be written over from its start where it is a file.
    stdout: 2,
    stderr: "inherit",
  });
  if (exitCode !== 0) process.exit(exitCode);
}

function show(command: string[]): string[] {
  console.log(`\n$ ${command.join(" ").replaceAll(root, "")}`);
  return command;
}

/** Reads the port that `tetrad listen --port 0` says it listens on. */
async function readPort(
  stderr: ReadableStream<Uint8Array>,
): Promise<{ port: number; rest: Promise<string> }> {
  const reader = stderr.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) text += decoder.decode(value, { stream: true });
    const match = /Listening on \S+:(\d+)/.exec(text);
    if (match !== null) {
      const rest = (async () => {
        let tail = "";
        for (;;) {
          const next = await reader.read();
          if (next.done) return tail;
          tail += decoder.decode(next.value, { stream: true });
        }
      })();
      return { port: Number(match[1]), rest };
    }
    if (done || performance.now() > deadline) throw new Error(`tetrad listen did not start: ${text}`);
  }
}

async function demonstrate(): Promise<number> {
  const lines = (await Bun.file(events).text()).trimEnd().split("\n").length;
  const listen = show([tetrad, "listen", "--port=0", "--validate", `--count=${lines + 1}`, "--for=15s"]);
  const receiver = Bun.spawn(listen, { stdout: "inherit", stderr: "pipe", stdin: "ignore" });
  const { port, rest } = await readPort(receiver.stderr);
  console.log(`listening on 127.0.0.1:${port}`);
  const agent = Bun.spawn(
    show([tetrad, "--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin"]),
    { stdin: Bun.file(events), stdout: "inherit", stderr: "inherit" },
  );
  const agentExit = await agent.exited;
  const receiverExit = await receiver.exited;
  // Both have ended; give a terminal that both wrote to a moment to show their lines in order.
  await sleep(50);
  console.log(`\n${(await rest).trim()}`);
  console.log(
    agentExit === 0 && receiverExit === 0
      ? `\nEach of the ${lines} events left as one datagram, agent_init first. Now with your own flags: npm start -- --help`
      : `\nFailed: the agent ended with ${agentExit}, the receiver with ${receiverExit}`,
  );
  return agentExit || receiverExit;
}

const args = process.argv.slice(2);
if (args.length === 0) {
  build();
  process.exit(await demonstrate());
}
build();
const agent = Bun.spawn([tetrad, ...args], { stdin: "inherit", stdout: "inherit", stderr: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => agent.kill(signal));
process.exit(await agent.exited);
