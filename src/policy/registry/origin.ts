/** @module What policies are made of that come and go by themselves: files, and objects of Kubernetes. */
import { basename } from "node:path";
import { type Finding, formatFinding, formatObjectFinding } from "../document/finding.ts";
import { KUBERNETES_DOMAIN, type PolicyKey, STATIC_DOMAIN } from "./status.ts";

/** What texts are. */
export interface Origin {
  /** That their policies are in. */
  readonly domain: string;
  /** How one is called. */
  readonly noun: string;
  /** As it is said to who wrote it. */
  readonly say: (finding: Finding) => string;
  /** A policy, in messages. */
  readonly call: (key: PolicyKey) => string;
  /** What a text is listed as that holds no policy. @param file Its name */
  readonly keyOf: (file: string) => PolicyKey;
}

/** Files, by their paths. */
export const FILES: Origin = {
  domain: STATIC_DOMAIN,
  noun: "file",
  say: formatFinding,
  call: ({ name }) => JSON.stringify(name),
  keyOf: (file) => ({ domain: STATIC_DOMAIN, namespace: "", name: basename(file) }),
};

/** Objects, each in a text of its own, by {@link objectName}. */
export const OBJECTS: Origin = {
  domain: KUBERNETES_DOMAIN,
  noun: "object",
  say: formatObjectFinding,
  call: ({ namespace, name }) => JSON.stringify(namespace === "" ? name : `${namespace}/${name}`),
  keyOf: (file) => {
    const [, ...rest] = file.split("/");
    return { domain: KUBERNETES_DOMAIN, namespace: rest.length > 1 ? rest[0]! : "", name: rest.at(-1)! };
  },
};

/** What an object is called: `TracingPolicy/NAME`, `TracingPolicyNamespaced/NAMESPACE/NAME`. */
export function objectName(kind: string, { namespace, name }: Pick<PolicyKey, "namespace" | "name">): string {
  return [kind, ...(namespace === "" ? [] : [namespace]), name].join("/");
}
