/** @module What the host says of itself, which may change under a running agent: by a new name, a migration, a checkpoint. */
import { readFileSync } from "node:fs";
import { hostname, release } from "node:os";

/** Facts about the host. */
export interface HostFacts {
  readonly hostname: string | undefined;
  readonly kernelVersion: string | undefined;
  /** Another one after each boot; `undefined` where /proc does not say. */
  readonly bootId?: string | undefined;
}

const BOOT_ID_PATH = "/proc/sys/kernel/random/boot_id";

function nonEmpty(read: () => string): string | undefined {
  try {
    return read() || undefined;
  } catch {
    return undefined;
  }
}

/** Reads host name and kernel release by uname(2), and which boot this is. */
export function readHostFacts(): HostFacts {
  return {
    hostname: nonEmpty(hostname),
    kernelVersion: nonEmpty(release),
    bootId: nonEmpty(() => readFileSync(BOOT_ID_PATH, "latin1").trim()),
  };
}

/** Whether both say the same. */
export function areSameHost(one: HostFacts, other: HostFacts): boolean {
  return (
    one.hostname === other.hostname &&
    one.kernelVersion === other.kernelVersion &&
    one.bootId === other.bootId
  );
}
