/** @module What the host says of itself, which may change under a running agent: by a new name, a migration, a checkpoint. */
import { readSmallFile, readUname } from "../os/early-files.ts";

/** Facts about the host. */
export interface HostFacts {
  readonly hostname: string | undefined;
  readonly kernelVersion: string | undefined;
  /** Another one after each boot; `undefined` where /proc does not say. */
  readonly bootId?: string | undefined;
}

const BOOT_ID_PATH = "/proc/sys/kernel/random/boot_id";

/** Reads host name and kernel release by uname(2), and which boot this is. */
export function readHostFacts(): HostFacts {
  const { hostname, release } = readUname() ?? {};
  return {
    hostname: hostname || undefined,
    kernelVersion: release || undefined,
    bootId: readSmallFile(BOOT_ID_PATH)?.trim() || undefined,
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
