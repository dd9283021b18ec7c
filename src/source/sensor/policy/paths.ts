/** @module Where policies are, and whether there are any. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_POLICY_DIRECTORY } from "./options.ts";

/** Where policies are. */
export interface PolicyPaths {
  readonly files: readonly string[];
  /** Empty for none. */
  readonly directory: string;
}

/** What is loaded at the start. */
export interface StartPolicies extends PolicyPaths {
  /** Whether the agent does not start without all of them. */
  readonly isStrict: boolean;
  /** Whether nothing changes after the start. */
  readonly areFixed: boolean;
  /** Where policies that clients brought are kept for the next start; `""` for nowhere. */
  readonly keptIn: string;
  /** @default nothing outlives the agent */
  readonly programs?: KeptPrograms;
}

/** What becomes of the programs of policies when the agent has ended, and at the next start. */
export interface KeptPrograms {
  /** `--bpf-dir`: a name below {@link BPF_FILE_SYSTEM}, or a path in another BPF file system. */
  readonly directory: string;
  /** `--keep-sensors-on-exit`: they stay attached. */
  readonly keeps: boolean;
  /** `--release-pinned-bpf`: those of earlier runs go once the agent's own are attached. */
  readonly releases: boolean;
}

/** Where the BPF file system is mounted. */
const BPF_FILE_SYSTEM = "/sys/fs/bpf";
/** The agent's own directory below `--bpf-dir`, whose default is Tetragon's. */
const OWN_DIRECTORY = "tetrad";

/** Where links are pinned, in a directory for each run. */
export function pinDirectory({ directory }: Pick<KeptPrograms, "directory">): string {
  return join(directory.startsWith("/") ? directory : join(BPF_FILE_SYSTEM, directory), OWN_DIRECTORY);
}

/** Whether there is a directory to read: the default one need not be there. */
export function hasDirectory(paths: Pick<PolicyPaths, "directory">): boolean {
  return paths.directory !== "" && (!isDefaultDirectory(paths) || existsSync(paths.directory));
}

/** Whether it is the one that nobody has named. */
export function isDefaultDirectory({ directory }: Pick<PolicyPaths, "directory">): boolean {
  return directory === DEFAULT_POLICY_DIRECTORY;
}
