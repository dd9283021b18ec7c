/** @module Options of the native sensor. */
import { boolean, checkedText, choice, integer, list, path, size } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { policyRows } from "./policy/options.ts";
import { PROBE_OPTIONS } from "./probe/list.ts";

/** `cgroup:PATH` or `pidns:PID`, or nothing for all processes. */
function isScope(text: string): boolean {
  return text === "" || /^cgroup:.|^pidns:\d+$/.test(text);
}

/** Whether a text is a nice value, or `auto`. */
function isReaderNice(text: string): boolean {
  return text === "auto" || (/^-?\d{1,2}$/.test(text) && Number(text) >= -20 && Number(text) <= 19);
}

/** Tetragon's names for the event types that may carry ancestors. */
const ANCESTOR_TYPES = ["base", "tracepoint", "kprobe", "uprobe", "lsm", "usdt"];

export const sensorRows = optionRows(() => ({
  "sensor-scope": {
    group: "Native sensor",
    from: "tetrad",
    support: "used",
    placeholder: "cgroup:PATH|pidns:PID",
    kind: checkedText('"cgroup:PATH", "pidns:PID" or nothing', isScope),
    default: "",
    description:
      "Watch only some processes; the kernel leaves out the others. cgroup:PATH watches a cgroup and those below it (version 2, PATH relative to its mount), pidns:PID the PID namespace of the process PID. Empty: all processes.",
  },
  ...PROBE_OPTIONS,
  ...policyRows(),
  btf: {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Type information (BTF) of the running kernel. Empty: /sys/kernel/btf/vmlinux.",
  },
  procfs: {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "/proc/",
    description: "Where procfs of the host is mounted; processes that already run are read there.",
  },
  "enable-process-cred": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Add credentials and capabilities to processes.",
  },
  "enable-process-ns": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Add the namespaces of processes.",
  },
  "enable-ancestors": {
    group: "Native sensor",
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
      "Event types that carry all ancestors: base (process_exec and process_exit), tracepoint (network events and policies on tracepoints), kprobe (policies on functions), uprobe and usdt (policies on programs) and lsm (policies on hooks of the security modules), which need base.",
  },
  "enable-process-environment-variables": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Add environment variables to process_exec events. They may hold secrets: see --redaction-filters.",
  },
  "filter-environment-variables": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    placeholder: "NAMES",
    kind: list(),
    default: "",
    description: "Environment variables that are added, rather than all of them.",
  },
  "username-metadata": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    placeholder: "unix|disabled",
    kind: choice(["unix", "disabled"]),
    isStrict: true,
    default: "disabled",
    description: "Add the user name of processes, taken from /etc/passwd.",
  },
  "process-cache-size": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1 }),
    default: "65536",
    description: "How many processes are remembered.",
  },
  "max-args-size": {
    group: "Native sensor",
    from: "tetrad",
    support: "used",
    placeholder: "SIZE",
    kind: size({ max: 6 * 1024 ** 2 }),
    default: "320K",
    description:
      "Arguments of a process that are reported, and as much of its environment, as the kernel holds them. What is more is cut, and the flag truncArgs or errorEnvs says so.",
  },
  "sensor-nice": {
    group: "Native sensor",
    from: "tetrad",
    support: "used",
    placeholder: "NICE|auto",
    kind: checkedText("an integer from -20 to 19, or auto", isReaderNice),
    default: "auto",
    description:
      "Nice value of the thread that reads what the kernel has recorded, -20 to 19: below 0, processes that take all of the processor time do not keep it waiting until the ring buffer is full. Needs CAP_SYS_NICE. 0: as it was started. auto: -15 where the agent was started at 0 and may, else as it was started.",
  },
  "process-cache-memory": {
    group: "Native sensor",
    from: "tetrad",
    support: "used",
    placeholder: "SIZE",
    kind: size({ min: 8 * 1024 ** 2 }),
    default: "32M",
    description:
      "Memory for long arguments and environments of the processes that are remembered. Beyond it the oldest are shortened in later events (flag truncArgs): process_exec has had them whole.",
  },
  "rb-size": {
    group: "Native sensor",
    from: "tetragon",
    support: "used",
    placeholder: "SIZE",
    kind: size({ max: 1024 ** 3 }),
    default: "0",
    description: "Ring buffer, one for all CPUs, rounded up to a power of two, 64K at least. 0: 4M.",
  },
}));
