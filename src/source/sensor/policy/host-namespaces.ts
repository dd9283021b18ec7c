/** @module The host's namespaces, as policies name them. */
import type { HostNamespaces } from "../../../policy/condition/process/index.ts";
import { NAMESPACE_NAMES } from "../../../policy/policy.ts";
import { type NAMESPACES, Namespaces } from "../process/namespaces.ts";

/** Names in the order of {@link NAMESPACES}. */
const NAMES = NAMESPACE_NAMES satisfies { readonly length: (typeof NAMESPACES)["length"] };

/** Those of the host's process 1; where they may not be read, the first of each kind. */
export function hostNamespaces(procfs: string): HostNamespaces {
  const { host } = new Namespaces(procfs.replace(/\/+$/, ""));
  return Object.fromEntries(
    NAMES.map((name, index) => [name, host[index]] as const).filter(([, inode]) => inode),
  );
}
