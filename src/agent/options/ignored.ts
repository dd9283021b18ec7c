/**
 * @module Options that only Tetragon needs. They are accepted, so that the arguments and the ConfigMap of an
 * existing DaemonSet work unchanged, and their values are still checked for their type.
 */
import { boolean, integer, type Kind, size, text } from "../../config/kind.ts";
import { type Option, optionRows } from "../../config/option.ts";

interface Ignored<T> extends Option<T> {
  readonly group: "Accepted for Tetragon's sake, without effect";
  readonly from: "tetragon";
  readonly support: "ignored";
}

function flag(description: string, initially: "true" | "false" = "false"): Ignored<boolean> {
  return {
    group: "Accepted for Tetragon's sake, without effect",
    from: "tetragon",
    support: "ignored",
    kind: boolean(),
    default: initially,
    description,
  };
}

function ignored<T>(placeholder: string, kind: Kind<T>, initially: string, description: string): Ignored<T> {
  return {
    group: "Accepted for Tetragon's sake, without effect",
    from: "tetragon",
    support: "ignored",
    placeholder,
    kind,
    default: initially,
    description,
  };
}

export const ignoredRows = optionRows(() => ({
  "bpf-lib": ignored("PATH", text(), "/var/lib/tetragon/", "Directory of Tetragon's compiled BPF programs."),
  cpuprofile: ignored("PATH", text(), "", "File for a CPU profile of Tetragon."),
  "data-cache-size": ignored("COUNT", integer(), "1024", "Size of the cache of data events."),
  "disable-kprobe-multi": flag("Attach kprobes one by one."),
  "disable-process-cache": flag("Run without the process cache."),
  "disable-uprobe-multi": flag("Attach uprobes one by one (some releases of Tetragon)."),
  "enable-cgidmap": flag("Find pods by cgroup id."),
  "enable-cgidmap-debug": flag("Log how pods are found by cgroup id."),
  "enable-cgtrackerid": flag("Follow cgroups by a tracker id.", "true"),
  "enable-compatibility-syscall64-size-type": flag(
    "Print system call numbers as sizes (some releases of Tetragon).",
  ),
  "enable-msg-handling-latency": flag("Measure how long kernel messages take."),
  "enable-pod-info": flag("Use PodInfo custom resources."),
  "enable-policy-filter": flag("Restrict tracing policies to namespaces and pods."),
  "enable-policy-filter-cgroup-map": flag("Keep a map of cgroups for the policy filter."),
  "enable-policy-filter-debug": flag("Log what the policy filter does."),
  "execve-map-entries": ignored("COUNT", integer(), "0", "Entries of the map of processes in the kernel."),
  "execve-map-size": ignored(
    "SIZE",
    size({ optional: true }),
    "",
    "Size of the map of processes in the kernel.",
  ),
  "expose-kernel-addresses": flag("Older name of --expose-stack-addresses."),
  "force-large-progs": flag("Load the large variants of BPF programs."),
  "force-small-progs": flag("Load the small variants of BPF programs."),
  "generate-docs": flag("Print Tetragon's own reference."),
  "k8s-controlplane-retry": ignored(
    "COUNT",
    integer(),
    "1",
    "How often the Kubernetes API is tried at start.",
  ),
  kernel: ignored("VERSION", text(), "", "Kernel version to assume."),
  memprofile: ignored("PATH", text(), "", "File for a memory profile of Tetragon."),
  "netns-dir": ignored("PATH", text(), "/var/run/docker/netns/", "Directory of named network namespaces."),
  "parents-map-enabled": flag("Keep parents of processes in the kernel."),
  "parents-map-entries": ignored("COUNT", integer(), "0", "Entries of the map of parents in the kernel."),
  "parents-map-size": ignored(
    "SIZE",
    size({ optional: true }),
    "",
    "Size of the map of parents in the kernel.",
  ),
  "pprof-address": ignored("ADDRESS", text(), "", "Address of the profiler for Go programs."),
  "retprobes-cache-size": ignored("COUNT", integer(), "4096", "Size of the cache of return probes."),
  "sleepable-preload-size": ignored(
    "BYTES",
    integer(),
    "32768",
    "Memory that sleepable probes load in advance.",
  ),
  "use-perf-ring-buffer": flag("Use perf buffers instead of the BPF ring buffer."),
  verbose: ignored("LEVEL", integer(), "0", "How much of the BPF verifier's log is shown."),
}));
