/** @module Which agent it is, whenever it is started: as long as the host is the same one. */
import { readSmallFile } from "../os/early-files.ts";

/** https://www.freedesktop.org/software/systemd/man/latest/machine-id.html */
const PATH = "/etc/machine-id";
const DIGITS = 16;

/**
 * A name for the agent of this host: made of the host's machine id, which it does not tell, as systemd asks of those who
 * use it. `undefined` where the host has none.
 */
export function readAgentId(): string | undefined {
  const machine = readSmallFile(PATH)?.trim();
  if (machine === undefined || !/^[0-9a-f]{32}$/.test(machine)) return undefined;
  return new Bun.CryptoHasher("sha256", machine).update("tetrad").digest("hex").slice(0, DIGITS);
}
