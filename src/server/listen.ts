/** @module Opens the address of a server. */
import { chmodSync, lstatSync, renameSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import type { ListenPlace } from "../lib/grpc/peer-server.ts";
import { errorCode, errorMessage, isMissing } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { resolveTrusted, untrusted } from "../os/trusted-path.ts";
import { isLive } from "./is-live.ts";
import type { ListenAddress } from "./listen-address.ts";

/** Owner and group, as Tetragon has it. */
const SOCKET_MODE = 0o660;
const UMASK = 0o777 & ~SOCKET_MODE;

/** What listens. */
export interface Listener {
  /** @returns The port, where there is one. @throws The system's error, such as `EADDRINUSE`. */
  listen(place: ListenPlace): Promise<number | undefined>;
  close(): void;
}

/** An address that is open. */
export interface Listening {
  /** As a client names it: with the port that the system chose. */
  readonly address: string;
  /** Removes what is left of it in the file system. */
  forget(): void;
}

/** What {@link listen} is given. */
export interface ListenSettings {
  readonly address: ListenAddress;
  /** The option, for the message. */
  readonly option: string;
  readonly text: string;
}

/** @throws TetradError `unsupported` when the address cannot be listened on. */
export async function listen(server: Listener, settings: ListenSettings): Promise<Listening> {
  const { address, option, text } = settings;
  try {
    return address.kind === "unix"
      ? await listenUnix(server, address.path)
      : await listenTcp(server, address);
  } catch (error) {
    server.close();
    const why = explain(error, address);
    throw new TetradError("unsupported", `Cannot listen on --${option} "${text}": ${why}`, { cause: error });
  }
}

function explain(error: unknown, address: ListenAddress): string {
  const code = errorCode(error);
  const reason = errorMessage(error);
  if (code === undefined) return reason;
  const what = meaningOf(code, address);
  if (what !== undefined) return `${what} (${code})`;
  return reason.includes(code) ? reason : `${reason} (${code})`;
}

/** What may be done about it, where that is known. */
function meaningOf(code: string, address: ListenAddress): string | undefined {
  switch (code) {
    case "EADDRINUSE":
      return "another program listens there";
    case "EADDRNOTAVAIL":
      return "this host does not have the address";
    case "EACCES":
    case "EPERM":
      if (address.kind === "unix") return `not permitted to write to ${dirname(address.path)}`;
      return address.port < 1024
        ? "not permitted: ports below 1024 need root's rights or CAP_NET_BIND_SERVICE"
        : "not permitted";
    case "ENOENT":
      return address.kind === "unix" ? `there is no directory ${dirname(address.path)}` : undefined;
    case "ENOTFOUND":
      return address.kind === "tcp" ? `could not resolve host ${address.host}` : undefined;
    default:
      return undefined;
  }
}

async function listenTcp(
  server: Listener,
  { host, port }: Extract<ListenAddress, { kind: "tcp" }>,
): Promise<Listening> {
  const place = { ...(host !== "" && { host: await resolve(host) }), port };
  const opened = await server.listen(place as { host: string; port: number });
  return { address: `${host.includes(":") ? `[${host}]` : host}:${opened}`, forget() {} };
}

/** IPv4 first, as Go does it: `localhost` is the same everywhere. */
async function resolve(host: string): Promise<string> {
  const { lookup } = await import("node:dns/promises");
  const addresses = await lookup(host, { all: true });
  const [first] = addresses.toSorted((a, b) => a.family - b.family);
  if (first === undefined) throw new Error("the name has no address");
  return first.address;
}

/** Nobody but owner and group can connect at any time: it has its name only once it has its permissions. */
async function listenUnix(server: Listener, path: string): Promise<Listening> {
  const found = resolveTrusted(path);
  if ("refused" in found) throw untrusted(found.refused);
  if ("descriptor" in found) throw new Error("it is no place for a socket");
  await makeRoom(found.path);
  const temporary = `${dirname(found.path)}/.tetrad-${process.pid}.sock`;
  removeSocket(temporary);
  const umask = process.umask(UMASK);
  try {
    const opened = server.listen({ path: temporary });
    process.umask(umask);
    await opened;
    chmodSync(temporary, SOCKET_MODE);
    renameSync(temporary, found.path);
  } finally {
    process.umask(umask);
  }
  const { ino } = lstatSync(found.path);
  return {
    address: `unix://${path}`,
    forget() {
      try {
        if (lstatSync(found.path).ino === ino) unlinkSync(found.path);
      } catch {
        // Gone already, or in a directory that the agent may not write to any more: the next one replaces it.
      }
    },
  };
}

/** Makes sure that nothing is lost by taking the name. @throws Error when it is somebody's. */
async function makeRoom(path: string): Promise<void> {
  let stat: ReturnType<typeof lstatSync>;
  try {
    stat = lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (!stat.isSocket()) throw new Error("found something there that is no socket");
  if (await isLive({ kind: "unix", path })) throw new Error("another program listens there");
}

function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
