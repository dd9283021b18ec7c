/**
 * @module The process that has a module. Before it loads it, it gives up every right, changes its user where that is asked for, has
 * the kernel refuse it what no exporter needs, and sees to it that it does not outlive who started it.
 */
import { constants } from "node:os";
import { errorMessage } from "../../../os/caught.ts";
import { endWith, leaveNoCore, yieldToOthers } from "../../../os/child-limits.ts";
import { dropPrivileges } from "../../../os/drop-privileges.ts";
import { refuseSystemCalls } from "../../../os/seccomp/index.ts";
import { exchangeSignalAction, SIG_IGN, signalAction } from "../../../os/signal-action.ts";
import { Channel } from "../channel.ts";
import { CHANNEL_FD, type FromRunner, MEMORY_FD, type ModuleSettings, type ToRunner } from "../protocol.ts";
import { loadModule, UnusableModule } from "./load.ts";
import { distrustNeighbours } from "./neighbours.ts";
import { Session } from "./session.ts";

/** What is said to the keeper before it is no use to go on. */
const LAST_WORD_MS = 100;

/** Runs until the keeper goes or says so. Never resolves. */
export async function serveModule(): Promise<never> {
  for (const signal of [constants.signals.SIGINT, constants.signals.SIGTERM, constants.signals.SIGHUP])
    exchangeSignalAction(signal, signalAction(SIG_IGN));
  // What nobody has caught ends it: the runtime goes on after a rejection.
  process.on("uncaughtException", endWithError);
  process.on("unhandledRejection", endWithError);
  let session: Session | undefined;
  /** What comes while the module is loaded. */
  const early: ToRunner[] = [];
  const started = Promise.withResolvers<Extract<ToRunner, { type: "start" }>>();
  const channel = await Channel.open<ToRunner, FromRunner>(CHANNEL_FD, {
    onMessage(message) {
      if (message.type === "start") started.resolve(message);
      else if (session === undefined) early.push(message);
      else session.take(message);
    },
    onEnd: () => process.exit(0),
  });
  const { module, agent, parent } = await started.promise;
  try {
    confine(module, parent);
    const refused = distrustNeighbours(module.path);
    if (refused !== undefined) throw new UnusableModule(refused);
    const exporter = await loadModule(module.path, module.options);
    await exporter.open?.({ name: module.name, options: module.options, agent: JSON.parse(agent) });
    channel.send({ type: "ready" });
    session = new Session(exporter, MEMORY_FD, (message) => channel.send(message));
    for (const message of early) session.take(message);
  } catch (error) {
    const type = error instanceof UnusableModule ? "unusable" : "broken";
    channel.send({ type, error: errorMessage(error) });
    await Bun.sleep(LAST_WORD_MS);
    process.exit(1);
  }
  return new Promise(() => {});
}

function endWithError(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

/** Nothing of this can be taken back by the module. */
function confine({ user, filtersCalls }: ModuleSettings, parent: number): void {
  yieldToOthers();
  leaveNoCore();
  dropPrivileges({ user });
  if (!endWith(parent)) process.exit(0);
  // Its memory is watched, of which files in memory are no part.
  if (filtersCalls) refuseSystemCalls({ memoryFiles: false });
  // The keeper's way to have the runtime write no code of the module to a cache.
  for (const name of Object.keys(process.env)) delete process.env[name];
}
