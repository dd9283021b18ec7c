/** @module What the sensor is given. */
import type { ApiClient } from "../../kubernetes/index.ts";
import type { UserIdentity } from "../../os/drop-privileges.ts";
import type { ContainerSource, NodeLabels } from "../../pipeline/enrich/container.ts";
import type { Policy } from "../../policy/policy.ts";
import type { PodSource } from "../../policy/workload.ts";
import type { PodRoom } from "./event/pod-room.ts";
import type { StartPolicies } from "./policy/paths.ts";
import type { ReaderNice } from "./priority.ts";

/** Bytes of arguments that are taken of a process, and of its environment: as many as Tetragon takes. */
export const DEFAULT_MAX_ARGUMENTS_SIZE: number = 320 << 10;

/** Values of the options of all probes, by the options' names; those that are not there are off. */
export type ProbeValues = Readonly<Record<string, unknown>>;

/** Options of the native sensor, under the names of Tetragon's flags where it has one. */
export interface SensorSettings {
  /** Name of this node, part of every `exec_id`. */
  readonly nodeName: string;
  /** `--cluster-name`; left out of events when empty. */
  readonly clusterName?: string;
  /** `--sensor-scope`: `cgroup:PATH` or `pidns:PID`; all processes when `undefined`. */
  readonly scope?: string;
  /** `--process-cache-size`: processes that are remembered at most. @default 65536 */
  readonly processCacheSize?: number;
  /** `--rb-size`: bytes of the ring buffer, rounded up to a power of two, 64 KiB at least. @default 4 MiB */
  readonly ringBufferSize?: number;
  /** `--max-args-size`: bytes of arguments of a process that are reported at most, and of its environment. @default 320 KiB */
  readonly maxArgumentsSize?: number;
  /** `--sensor-nice`: nice value of the thread that reads records; 0 leaves it as it is. @default 0 */
  readonly nice?: ReaderNice;
  /** `--process-cache-memory`: bytes of long arguments and environments that are remembered. @default 32 MiB */
  readonly processCacheMemory?: number;
  /** `--btf`: the running kernel's types, when they are not where the kernel shows them; empty for there. */
  readonly btf?: string;
  /** `--procfs`. @default "/proc" */
  readonly procfs?: string;
  /** `--enable-process-cred`: capabilities, credentials, properties of privileged or unlinked binaries. */
  readonly credentials?: boolean;
  /** `--enable-process-ns`. */
  readonly namespaces?: boolean;
  /** `--enable-ancestors` contains `base`: ancestors beyond the parent in exec and exit events. */
  readonly ancestors?: boolean;
  /** It contains `kprobe` as well: in events of policies on functions, too. */
  readonly kprobeAncestors?: boolean;
  /** It contains `tracepoint` as well: in network events, too. */
  readonly tracepointAncestors?: boolean;
  /** Those of `process_uprobe` and `process_usdt`. @default false */
  readonly uprobeAncestors?: boolean;
  readonly usdtAncestors?: boolean;
  /** The same of LSM events. @default false */
  readonly lsmAncestors?: boolean;
  /** `--enable-process-environment-variables`. */
  readonly environment?: boolean;
  /** `--filter-environment-variables`: names to keep; all when empty. */
  readonly environmentFilter?: readonly string[];
  /** `--tracing-policy`, `--tracing-policy-dir`, `--tracing-policy-strict`: files of policies that are loaded at the start. */
  readonly policyFiles?: StartPolicies;
  /** `--expose-stack-addresses`: addresses of frames in stack traces. */
  readonly exposesStackAddresses?: boolean;
  /** `--enable-policy-requests`: the agent asks others for what policies say. @default false */
  readonly policyRequests?: boolean;
  /** `--user`: whom the agent will change to. @default nobody else */
  readonly user?: UserIdentity | undefined;
  /** Policies that are loaded at the start, besides. */
  readonly policies?: readonly Policy[];
  /** Asks for the policies of the cluster. @default there are none */
  readonly policyClient?: ApiClient | undefined;
  /** Says which pods containers are of. @default nobody does */
  readonly pods?: PodSource;
  /** Says of which pods events are. @default nobody does */
  readonly containers?: ContainerSource | undefined;
  /** Makes where events wait for their pods. @default they do not wait */
  readonly createPodRoom?: ((wake: () => void) => PodRoom) | undefined;
  /** The labels of this node, once they are known. @default nobody knows */
  readonly nodeLabels?: NodeLabels | undefined;
  /** Values of the options of probes. @default all off */
  readonly probes?: ProbeValues;
  /** `--username-metadata` is `unix`: names from `/etc/passwd` for processes in the host's user namespace. */
  readonly usernames?: boolean;
}
