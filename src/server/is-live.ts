/** @module Whether somebody listens on an address. */
import { errorCode, isMissing } from "../os/caught.ts";
import type { ListenAddress } from "./listen-address.ts";

/** For an answer of a host that may be another one. */
const PATIENCE_MS = 500;

/** Whether somebody takes connections there, or could not just now. */
export async function isLive(address: ListenAddress): Promise<boolean> {
  const { connect } = await import("node:net");
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { kind } = address;
  const socket = connect(
    kind === "unix"
      ? { path: address.path }
      : { host: address.host === "" ? "localhost" : address.host, port: address.port },
  );
  socket.once("connect", () => resolve(true));
  // Of another kind, or with a full queue: somebody has it.
  socket.once("error", (error) =>
    resolve(kind === "unix" && !isMissing(error) && errorCode(error) !== "ECONNREFUSED"),
  );
  const timer = setTimeout(() => resolve(kind === "unix"), PATIENCE_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
