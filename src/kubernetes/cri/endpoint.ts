/** @module Where container runtimes listen. */
import { isSocketPath, parseTarget } from "../../lib/grpc/target.ts";

/** Where those listen that say nothing else, in the order in which they are tried; the first three as in Tetragon. */
export const DEFAULT_SOCKETS: readonly string[] = [
  "/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/var/run/cri-dockerd.sock",
  "/run/k3s/containerd/containerd.sock",
  "/run/k0s/containerd.sock",
  "/var/snap/microk8s/common/run/containerd.sock",
];

/** What {@link socketOf} takes, to follow "expected". */
export const ENDPOINT = "unix:///PATH";

/** The path of a socket: `unix:///run/containerd/containerd.sock`, or the path alone; `undefined` for anything else. */
export function socketOf(endpoint: string): string | undefined {
  if (endpoint.startsWith("/")) return isSocketPath(endpoint) ? endpoint : undefined;
  const target = parseTarget(endpoint);
  return target?.kind === "unix" ? target.path : undefined;
}
