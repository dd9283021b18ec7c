/** @module Policies that come with the agent, in the form that the running kernel loads. */
import { haveFeature } from "../../../kernel/feature/index.ts";
import { asksForHashes, BUILTIN_PREFIX, loadedForm } from "../../../policy/builtin/index.ts";
import type { Kernel } from "../../../policy/check/index.ts";
import type { PolicyFile } from "../../../policy/document/index.ts";

/** What a file holds, as it is loaded. Policies that do not come with the agent are what they say. */
export function asLoaded(read: PolicyFile, file: string, kernel: Kernel): PolicyFile {
  if (!file.startsWith(BUILTIN_PREFIX)) return read;
  const hashes = asksForHashes(file.slice(BUILTIN_PREFIX.length));
  const lsm = haveFeature("lsm").answer;
  const { policies, findings } = loadedForm(read, { file, kernel, lsm, hashes });
  return { ...read, policies, findings: [...read.findings, ...findings] };
}
