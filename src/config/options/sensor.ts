/** @module Options of the native sensor. */
import { boolean, checkedText, choice, duration, integer, list, path, size, text } from "../kind.ts";
import type { Option } from "../option.ts";

/** `cgroup:PATH` or `pidns:PID`, or nothing for all processes. */
function isScope(text: string): boolean {
  return text === "" || /^cgroup:.|^pidns:\d+$/.test(text);
}

/** Tetragon's names for the event types that may carry ancestors; the sensor makes events of the first two. */
const ANCESTOR_TYPES = ["base", "tracepoint", "kprobe", "uprobe", "lsm", "usdt"];

export const SENSOR_OPTIONS = {
  "sensor-scope": {
    group: "sensor",
    from: "tetrad",
    support: "used",
    placeholder: "cgroup:PATH|pidns:PID",
    kind: checkedText('"cgroup:PATH", "pidns:PID" or nothing', isScope),
    default: "",
    description:
      "Watch only some processes, the others are sorted out in the kernel. cgroup:PATH: those of a cgroup and its children; version 2, PATH relative to its mount. pidns:PID: those of the PID namespace that the process PID is in. Empty: all processes.",
  },
  "enable-network-events": {
    group: "sensor",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Report the life of TCP sockets (connect, accept, listen, close) and UDP connects, with the process that they belong to.",
  },
  btf: {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Type information (BTF) of the running kernel. Empty: /sys/kernel/btf/vmlinux.",
  },
  procfs: {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "/proc/",
    description: "Where procfs of the host is mounted; processes that already run are read there.",
  },
  "enable-process-cred": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Add credentials and capabilities to processes.",
  },
  "enable-process-ns": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Add the namespaces of processes.",
  },
  "enable-ancestors": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "TYPES",
    kind: list(
      `one or more of ${ANCESTOR_TYPES.join(", ")}, or nothing`,
      (type) => ANCESTOR_TYPES.includes(type),
      { values: ANCESTOR_TYPES },
    ),
    default: "",
    description:
      "Event types that carry all ancestors: base (process_exec and process_exit), tracepoint (network events), which needs base. Tetragon's kprobe, uprobe, lsm and usdt have no effect: the sensor makes no such events.",
  },
  "enable-process-environment-variables": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Add environment variables to process_exec events. They may hold secrets: see --redaction-filters.",
  },
  "filter-environment-variables": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "NAMES",
    kind: list(),
    default: "",
    description: "Environment variables that are added, rather than all of them.",
  },
  "username-metadata": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "unix|disabled",
    kind: choice(["unix", "disabled"]),
    default: "disabled",
    description: "Add the user name of processes, taken from /etc/passwd.",
  },
  "cluster-name": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "NAME",
    kind: text(),
    default: "",
    description: "Name of the cluster that events carry. Events from files keep the name that they have.",
  },
  "process-cache-size": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1 }),
    default: "65536",
    description: "How many processes are remembered.",
  },
  "process-cache-gc-interval": {
    group: "unsupported",
    from: "tetragon",
    support: "sensor",
    placeholder: "DURATION",
    kind: duration({ min: 1 }),
    default: "30s",
    description: "How often processes that have ended are forgotten.",
  },
  "rb-size": {
    group: "sensor",
    from: "tetragon",
    support: "used",
    placeholder: "SIZE",
    kind: size({ max: 1024 ** 3 }),
    default: "0",
    description: "Ring buffer, one for all CPUs, rounded up to a power of two, 64K at least. 0: 4M.",
  },
  "rb-size-total": {
    group: "unsupported",
    from: "tetragon",
    support: "sensor",
    placeholder: "SIZE",
    kind: size(),
    default: "0",
    description: "Ring buffer of all CPUs together. 0: the sensor decides.",
  },
  "rb-queue-size": {
    group: "unsupported",
    from: "tetragon",
    support: "sensor",
    placeholder: "COUNT",
    kind: size(),
    default: "65535",
    description: "How many records may wait between the ring buffer and their decoding.",
  },
  "expose-stack-addresses": {
    group: "unsupported",
    from: "tetragon",
    support: "sensor",
    kind: boolean(),
    default: "false",
    description: "Show real addresses in stack traces.",
  },
  "tracing-policy": {
    group: "unsupported",
    from: "tetragon",
    support: "sensor",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Tracing policy to load at start.",
  },
  "tracing-policy-dir": {
    group: "unsupported",
    from: "tetragon",
    support: "sensor",
    placeholder: "PATH",
    kind: path(),
    default: "/etc/tetragon/tetragon.tp.d",
    description: "Directory of tracing policies to load at start.",
  },
} as const satisfies Record<string, Option>;
