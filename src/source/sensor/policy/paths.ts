/** @module Where policies are, and whether there are any. */
import { existsSync } from "node:fs";
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
}

/** Whether there is a directory to read: the default one need not be there. */
export function hasDirectory({ directory }: Pick<PolicyPaths, "directory">): boolean {
  return directory !== "" && (directory !== DEFAULT_POLICY_DIRECTORY || existsSync(directory));
}
