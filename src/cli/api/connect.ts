/** @module The way from a command to the API of a running agent: its address, TLS, attempts, and what went wrong in words. */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { GrpcClient } from "../../lib/grpc/client.ts";
import { type ClientTls, ConnectionError } from "../../lib/grpc/connection.ts";
import { GrpcError, STATUS, statusName } from "../../lib/grpc/status.ts";
import { formatTarget, parseServedTarget, parseTarget, type Target } from "../../lib/grpc/target.ts";
import { isObject } from "../../lib/json/object.ts";
import { printable } from "../../lib/text/printable.ts";
import { isMissing } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { readClientTls } from "../../source/tetragon/tls.ts";
import type { CommandContext } from "../command.ts";
import type { ApiValues } from "./flags.ts";

/** What Tetragon leaves where clients look (`defaults.InitInfoFile`), and so does this agent. */
export const INFO_FILE = "/var/run/tetragon/tetragon-info.json";
const DEFAULT_ADDRESS = "localhost:54321";

const WINDOW_BYTES = 1024 * 1024;
/** Of the wait before the first attempt that is not the first, milliseconds. */
const FIRST_WAIT_MS = 1000;

/** Where the server is, and who said so. */
export interface ServerAddress {
  readonly target: Target;
  /** To follow the address in a message: ` (from ...)`. */
  readonly origin: string;
}

/**
 * Finds the server as `tetra` does: by the flag, by the file that a running agent leaves, by the default.
 * @param infoFile Where that file is.
 */
export function findServer(flag: string, infoFile: string = INFO_FILE): ServerAddress {
  const given = parseTarget(flag);
  if (given !== undefined) return { target: given, origin: "" };
  const fallback = { target: parseTarget(DEFAULT_ADDRESS)!, origin: " (the default)" };
  let text: string;
  try {
    text = readFileSync(infoFile, "utf8");
  } catch (error) {
    if (isMissing(error)) return fallback;
    return { ...fallback, origin: ` (the default: ${infoFile} cannot be read)` };
  }
  try {
    const info: unknown = JSON.parse(text);
    const address = isObject(info) ? info.server_address : undefined;
    const target = typeof address === "string" ? parseServedTarget(address) : undefined;
    if (target !== undefined) return { target, origin: ` (from ${infoFile})` };
  } catch {
    // It says nothing.
  }
  return { ...fallback, origin: ` (the default: ${infoFile} names no address)` };
}

/** As in `tetra`, files ask for TLS; the other flags only say how. @throws TetradError `config` */
export function tlsOf(values: ApiValues): ClientTls | undefined {
  const ca = values["tls-ca-cert-files"];
  const cert = values["tls-cert-file"];
  const key = values["tls-key-file"];
  const skipsVerification = values["tls-skip-verify"];
  if (ca.length === 0 && cert === "" && key === "") {
    if (!skipsVerification && values["tls-server-name"] === "") return undefined;
    const flag = skipsVerification ? "tls-skip-verify" : "tls-server-name";
    throw new TetradError(
      "config",
      `Cannot use --${flag} alone: needs --tls-ca-cert-files, or --tls-cert-file and --tls-key-file, without which no TLS is spoken`,
    );
  }
  if (skipsVerification && ca.length > 0)
    throw new TetradError(
      "config",
      "Cannot use --tls-skip-verify with --tls-ca-cert-files: expected one of them, since the former asks for no authority",
    );
  return readClientTls({ ca, cert, key, serverName: values["tls-server-name"], skipsVerification });
}

/** What {@link withServer} is given. */
export interface ServerUse {
  readonly values: ApiValues;
  readonly printError: CommandContext["printError"];
  /** Ends the attempts. */
  readonly signal?: AbortSignal;
}

/**
 * Connects and does what is to be done there; again, as often as `--retries` says, while the server is not available.
 * @param use Is given the connection, which is closed afterwards, and the milliseconds that are left of `--timeout`.
 * @throws TetradError with what went wrong.
 */
export async function withServer<T>(
  { values, printError, signal = new AbortController().signal }: ServerUse,
  use: (client: GrpcClient, timeoutMs: number) => Promise<T>,
): Promise<T> {
  const { target, origin } = findServer(values["server-address"]);
  const tls = tlsOf(values);
  const { GrpcClient } = await import("../../lib/grpc/client.ts");
  const deadline = performance.now() + values.timeout;
  const left = () => Math.max(1, deadline - performance.now());
  for (let attempt = 0; ; attempt++) {
    if (values.debug) printError(`Connecting to ${formatTarget(target)}${origin}\n`);
    try {
      const client = await GrpcClient.connect({
        target,
        tls,
        windowBytes: WINDOW_BYTES,
        timeoutMs: left(),
        messageBytes: values["max-recv-size"],
        signal,
      });
      try {
        return await use(client, left());
      } finally {
        client.close();
      }
    } catch (error) {
      const wait = Math.random() * FIRST_WAIT_MS * 2 ** attempt;
      if (!isPassing(error) || signal.aborted || attempt >= values.retries || wait >= left())
        throw asTetradError(error, { target, origin });
      if (values.debug) printError(`${messageOf(error)}: trying again in ${Math.round(wait)} ms\n`);
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }
}

/** Whether it may be better next time: the server is not available. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.problem !== "tls";
  return error instanceof GrpcError && error.code === STATUS.unavailable;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? printable(error.message) : String(error);
}

function asTetradError(error: unknown, { target, origin }: ServerAddress): unknown {
  if (error instanceof ConnectionError) {
    const where = formatTarget(target);
    const text = messageOf(error).replace(`connect to ${where}:`, `connect to ${where}${origin}:`);
    return new TetradError("failed", text, { cause: error });
  }
  if (error instanceof GrpcError) {
    return new TetradError("failed", `${statusName(error.code)}: ${messageOf(error)}`, { cause: error });
  }
  return error;
}
