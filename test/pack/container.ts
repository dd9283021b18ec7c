/** @module Runs one executable in a container of runc: a bundle made by hand, without Docker. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Ended, run, SYSTEM_PATH, scratchDirectory } from "./support.ts";

/** What {@link runContainer} puts into the container. */
export interface ContainerSettings {
  /** Arguments after the executable's path. */
  readonly args?: readonly string[];
  /** Numeric user and group. @default 0 */
  readonly user?: number;
  /** A system call that fails, and how. */
  readonly refused?: { readonly call: string; readonly errno: number };
  /** The only system calls that do not fail with EPERM. @default all */
  readonly allowed?: readonly string[];
  /** Capabilities to keep. @default none */
  readonly capabilities?: readonly string[];
  /** A file that standard input comes from. @default none */
  readonly input?: string;
  /** A directory to take as the root instead of one that holds the executable alone. */
  readonly rootfs?: string;
}

const RUNC_CALLS = ["capset", "prctl", "setgroups", "setresgid", "setresuid"];

/** Namespaces that `runc spec` asks for too; `network` gives the container an interface `lo` that is down. */
const NAMESPACES = ["pid", "network", "ipc", "uts", "mount"];

/**
 * Runs `/tetrad` in a read-only root that holds this file alone, with /proc and a /dev of runc's own making, and no
 * resource limits (raising them needs CAP_SYS_RESOURCE, which not every host of tests has).
 */
export function runContainer(executable: string, settings: ContainerSettings = {}): Ended {
  const { args = [], user = 0, capabilities = [], rootfs, input } = settings;
  const bundle = mkdtempSync(join(scratchDirectory(), "bundle-"));
  try {
    if (rootfs === undefined) {
      mkdirSync(join(bundle, "rootfs"));
      copyFileSync(executable, join(bundle, "rootfs/tetrad"));
    }
    const sets = ["bounding", "effective", "permitted"].map((set) => [set, capabilities]);
    const config = {
      ociVersion: "1.0.2",
      process: {
        user: { uid: user, gid: user },
        args: ["/tetrad", ...args],
        env: [],
        cwd: "/",
        capabilities: Object.fromEntries(sets),
        noNewPrivileges: true,
      },
      root: { path: rootfs ?? "rootfs", readonly: true },
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      ],
      linux: {
        namespaces: NAMESPACES.map((type) => ({ type })),
        ...seccompOf(settings),
      },
    };
    writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
    const runc = Bun.which("runc") ?? "runc";
    const state = join(scratchDirectory(), "runc");
    const command = [runc, "--root", state, "run", "--bundle", bundle, basename(bundle)];
    return run(command, { PATH: SYSTEM_PATH }, input);
  } finally {
    rmSync(bundle, { recursive: true, force: true });
  }
}

/** The system call filter of the runtime specification; runc needs some calls itself until it starts the program. */
function seccompOf({ refused, allowed }: ContainerSettings): object {
  if (allowed !== undefined) {
    const names = [...allowed, ...RUNC_CALLS];
    const syscalls = [{ names, action: "SCMP_ACT_ALLOW" }];
    return { seccomp: { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, syscalls } };
  }
  if (refused === undefined) return {};
  const syscalls = [{ names: [refused.call], action: "SCMP_ACT_ERRNO", errnoRet: refused.errno }];
  return { seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls } };
}
