/** @module What is done so that there are events: the validation steps of Elastic's document. */

import { lookup } from "node:dns/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorMessage } from "../../os/caught.ts";
import type { Json } from "../asset.ts";

/** Something that was done, and how its event is found. */
export interface Probe {
  readonly id: "whoami" | "connection" | "read";
  /** In words, to follow "for". */
  readonly what: string;
  /** Of the query language of the server: all of it. */
  readonly filter: readonly Json[];
  /** Why it could not be done. */
  readonly problem?: string;
}

/** In either spelling of `--ecs-spelling`. */
const IS_STARTED: Json = { terms: { "event.action": ["process_exec", "executed"] } };
/** A connection takes longer only where packets vanish. */
const CONNECT_MS = 5000;

/** Starts `whoami`, as the document does in a pod. */
export async function startWhoami(): Promise<Probe> {
  const pid = await run(["whoami"]);
  return {
    id: "whoami",
    what: "the start of whoami",
    filter: [{ term: { "process.name": "whoami" } }, IS_STARTED],
    ...(pid === undefined && { problem: "whoami is not there" }),
  };
}

/** Reads a file that stands in for `/etc/shadow`: by `cat`, whose arguments name it. It is gone afterwards. */
export async function readFile(): Promise<Probe> {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-check-"));
  const path = join(directory, "shadow");
  try {
    writeFileSync(path, "root:*:19000:0:99999:7:::\n", { mode: 0o600 });
    const pid = await run(["cat", path]);
    return {
      id: "read",
      what: `cat ${path}`,
      filter: [{ term: { "process.name": "cat" } }, { term: { "process.args": path } }, IS_STARTED],
      ...(pid === undefined && { problem: "cat is not there" }),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Connects, to a listener of its own on the loopback address where no target is given. @param target `HOST:PORT` */
export async function openConnection(
  target: { readonly host: string; readonly port: number } | undefined,
): Promise<Probe> {
  const listener =
    target === undefined ? Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }) : undefined;
  try {
    const { host, port } = target ?? { host: "127.0.0.1", port: listener!.port };
    const probe = (ip: string, problem?: string): Probe => ({
      id: "connection",
      what: `a connection to ${ip}:${port}`,
      filter: [
        { term: { "destination.ip": ip } },
        { term: { "destination.port": port } },
        { term: { "event.action": "socket_connect" } },
      ],
      ...(problem !== undefined && { problem }),
    });
    let address = host;
    try {
      address = (await lookup(host)).address;
    } catch (error) {
      return probe(host, `the name cannot be resolved (${errorMessage(error)})`);
    }
    const problem = await attempt(address, port);
    return probe(address, problem);
  } finally {
    listener?.stop(true);
  }
}

/** @returns Why there is no connection; an event of the attempt may come all the same. */
function attempt(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port, timeout: CONNECT_MS });
  socket.once("connect", () => resolve(undefined));
  socket.once("timeout", () => resolve("no answer"));
  socket.once("error", (error) => resolve(errorMessage(error)));
  return promise.finally(() => socket.destroy());
}

/** Runs a command to its end. @returns Its process; nothing where there is no such command. */
async function run(command: readonly string[]): Promise<number | undefined> {
  if (Bun.which(command[0]!) === null) return undefined;
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  await child.exited;
  return child.pid;
}
