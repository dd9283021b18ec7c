/** @module `tetrad doctor`: what the sensor finds on this host, and what it lacks. */

import { readFileSync } from "node:fs";
import { readConfig } from "../agent/config.ts";
import { OPTION_TABLE } from "../agent/option-table.ts";
import { findRunningAgents, reportRunningAgents } from "../agent/running-agents.ts";
import { ConfigError } from "../config/error.ts";
import { type FlagTable, flagSetOf, readFlags, readValues } from "../config/flags.ts";
import { Assembler } from "../kernel/asm/index.ts";
import { systemCallError } from "../kernel/feature/index.ts";
import { KernelObject } from "../kernel/loader/index.ts";
import { errorMessage, isShortage } from "../os/caught.ts";
import { forbiddingParanoia } from "../os/perf-event-rights.ts";
import { hasColors, screenColumns } from "../os/terminal.ts";
import { isProcfs, type Probe, probeKernel, resolveScope } from "../source/sensor/index.ts";
import { probedHooks } from "../source/sensor/probe/index.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { CLUSTER_FLAGS, runClusterDoctor } from "./doctor/kubernetes.ts";
import { probePolicyHooks } from "./doctor/policy-hooks.ts";
import { renderFindings } from "./doctor/report.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_UNSUPPORTED, exitCodeOf } from "./exit-code.ts";
import { wrap } from "./help/layout.ts";

/** The options of the agent that change what the sensor needs. */
const HOST_FLAGS = {
  "sensor-scope": OPTION_TABLE.rows["sensor-scope"],
  "enable-network-events": OPTION_TABLE.rows["enable-network-events"],
  btf: OPTION_TABLE.rows.btf,
  procfs: OPTION_TABLE.rows.procfs,
} as const satisfies FlagTable;

const FLAGS = {
  ...HOST_FLAGS,
  ...CLUSTER_FLAGS,
  ...HELP_FLAG,
} as const satisfies FlagTable;

/** What {@link diagnose} looks for: an agent's options, and what they are when not set. */
export interface DiagnosisSettings {
  /** `--procfs`. @default "/proc" */
  readonly procfs?: string;
  /** `--btf`. @default "" where the kernel shows them */
  readonly btf?: string;
  /** `--enable-network-events`: the sensor cannot run without their hook. @default false */
  readonly network?: boolean;
  /** `--sensor-scope`. @default "" all processes */
  readonly scope?: string;
}

/** What {@link diagnose} found. */
export interface Diagnosis {
  readonly probes: readonly Probe[];
  /** Whether the sensor can run here. */
  readonly isUsable: boolean;
  /** What an agent would exit with that has the sensor as its only source, 0 when it would run. */
  readonly exitCode: number;
}

export const doctor: Command = {
  flags: FLAGS,
  help: {
    summary: "Say what the sensor needs and finds on this host, and what running agents may still do.",
    details: [
      "With --kubernetes it asks the API server instead why clients do not reach the agents: whether they run, where their gRPC server listens, whether the Service selects them, has the right port and endpoints, whether its name resolves.",
      "The other flags are the agent's. What is not given as a flag comes from the environment and the files that the agent reads.",
    ],
    examples: [
      { does: "Ask whether the sensor can run here.", command: ["sudo tetrad doctor"] },
      {
        does: "Ask for one with network events, of a single service.",
        command: [
          "sudo tetrad doctor --enable-network-events --sensor-scope=cgroup:system.slice/nginx.service",
        ],
      },
      {
        does: "Find out why a Service of the agents in a cluster leads to nobody.",
        command: ["tetrad doctor --kubernetes --kubernetes-namespace=kube-system"],
      },
    ],
    exitCodes: {
      [EXIT_OK]: "the sensor can run here; nothing is wrong in the cluster",
      [EXIT_FAILED]: "with --kubernetes: something is wrong",
      [EXIT_CONFIG]:
        "a flag, variable or configuration file is wrong, or there is no such scope, or no API server is known",
      [EXIT_UNSUPPORTED]: "the sensor cannot run here",
    },
  },
  async run(context) {
    const { argv, env, print } = context;
    const { values: flags } = readValues(argv, FLAGS);
    refuseIdle(argv, flags.kubernetes);
    if (flags.kubernetes) return runClusterDoctor(flags, context);
    const { values } = await readConfig({ argv, env });
    const diagnosis = diagnose({
      procfs: values.procfs.replace(/\/+$/, ""),
      btf: values.btf,
      network: values["enable-network-events"],
      scope: values["sensor-scope"],
    });
    const style = { columns: screenColumns(), colors: hasColors(1, env) };
    const agents = reportRunningAgents(findRunningAgents()).split("\n");
    const verdict = diagnosis.isUsable ? "The sensor can run here." : "The sensor cannot run here.";
    print(
      `${renderFindings(diagnosis.probes, style)}${verdict}\n${agents.flatMap((line) => wrap(line, style.columns)).join("\n")}`,
    );
    return diagnosis.exitCode;
  },
};

/** A flag of the one examination does nothing in the other. @throws ConfigError */
function refuseIdle(argv: readonly string[], isOfCluster: boolean): void {
  const { settings } = readFlags(argv, flagSetOf(FLAGS));
  const idle = Object.keys(isOfCluster ? HOST_FLAGS : CLUSTER_FLAGS).filter(
    (name) => name !== "kubernetes" && settings.has(name as keyof typeof FLAGS),
  );
  if (idle.length === 0) return;
  const why = isOfCluster
    ? "does nothing beside --kubernetes, which asks the API server only"
    : "needs --kubernetes";
  throw new ConfigError(idle.map((name) => `Cannot use --${name}: it ${why}`));
}

/** Asks the kernel everything that the sensor depends on. Loads and unloads programs that do nothing. */
export function diagnose({
  procfs = "/proc",
  btf = "",
  network = false,
  scope = "",
}: DiagnosisSettings = {}): Diagnosis {
  const mounts = readMounts(procfs);
  const ofHost = [
    ...probeKernel(probedHooks({ "enable-network-events": network }), procfs, btf || undefined),
    probeProcfs(procfs),
    probeConnectPrograms(),
    ...probePolicyHooks(),
    probePerfEvents(),
    probeTracefs(mounts),
    probeCgroups(mounts),
  ];
  const ofScope = scope === "" ? undefined : probeScope(scope, procfs);
  const probes = ofScope === undefined ? ofHost : [...ofHost, ofScope.probe];
  // The agent, too, looks at the host first.
  const exitCode = ofHost.some(isMissing) ? EXIT_UNSUPPORTED : (ofScope?.exitCode ?? EXIT_OK);
  const isUsable = exitCode === EXIT_OK;
  return { probes, isUsable, exitCode };
}

function isMissing({ isRequired, answer }: Probe): boolean {
  return isRequired && answer === "no";
}

/** Whether `--sensor-scope` names what is there, and the exit code of an agent that is given it. */
function probeScope(scope: string, procfs: string): { readonly probe: Probe; readonly exitCode: number } {
  const probe = { name: "sensor scope", isRequired: true };
  try {
    using _ = resolveScope(scope, procfs);
    return { probe: { ...probe, answer: "yes", found: scope }, exitCode: EXIT_OK };
  } catch (error) {
    const found = errorMessage(error);
    return { probe: { ...probe, answer: "no", found }, exitCode: exitCodeOf(error) };
  }
}

function readMounts(procfs: string): string[][] {
  try {
    return readFileSync(`${procfs}/self/mounts`, "utf8")
      .split("\n")
      .map((line) => line.split(" "));
  } catch {
    return [];
  }
}

function probeProcfs(procfs: string): Probe {
  const isThere = isProcfs(procfs);
  return {
    name: "procfs",
    answer: isThere ? "yes" : "no",
    found: isThere ? procfs : `${procfs} is no procfs`,
    advice: "mount -t proc proc /proc, or name with --procfs where it is: running processes are read there",
    isRequired: true,
  };
}

function probeTracefs(mounts: readonly string[][]): Probe {
  const path = mounts.find(([, , type]) => type === "tracefs")?.[1];
  return {
    name: "tracefs",
    answer: path === undefined ? "no" : "yes",
    found: path ?? "not mounted",
    advice: "the sensor does not need it: its hooks are found through the kernel's types",
    isRequired: false,
  };
}

/** Loads programs on `connect(2)` that allow everything, and attaches them to nothing. */
function probeConnectPrograms(): Probe {
  const probe = { name: "connect programs", isRequired: false };
  try {
    using object = new KernelObject();
    const assembly = new Assembler().set("r0", 1).exit().assemble();
    for (const family of [4, 6] as const) {
      object.load({ kind: `cgroup/connect${family}`, name: "tetrad_probe", assembly });
    }
    return { ...probe, answer: "yes", found: "loaded" };
  } catch (error) {
    const purpose = "needed for the UDP connects of --enable-network-events";
    const found = errorMessage(error);
    if (isShortage(error)) return { ...probe, answer: "unknown", found };
    const isRefused = systemCallError(error)?.errnoName === "EPERM";
    const advice = isRefused ? `run as root, or grant CAP_NET_ADMIN; ${purpose}` : purpose;
    return { ...probe, answer: "no", found, advice };
  }
}

/** Who may attach programs to functions and classic tracepoints. */
function probePerfEvents(): Probe {
  const level = forbiddingParanoia();
  const name = "perf events";
  if (level === undefined)
    return {
      name,
      answer: "yes",
      found: "CAP_PERFMON is enough to hook functions and tracepoints",
      isRequired: false,
    };
  return {
    name,
    answer: "no",
    found: `kernel.perf_event_paranoid is ${level}: to hook functions and classic tracepoints takes CAP_SYS_ADMIN`,
    advice:
      "the agent keeps a process for that where policies may come (tetrad __open-perf-events); one that is started without CAP_SYS_ADMIN cannot: sysctl kernel.perf_event_paranoid=2",
    isRequired: false,
  };
}

function probeCgroups(mounts: readonly string[][]): Probe {
  const v2 = mounts.find(([, , type]) => type === "cgroup2")?.[1];
  const hasV1 = mounts.some(([, , type]) => type === "cgroup");
  const versions = [hasV1 ? "v1" : "", v2 === undefined ? "" : `v2 on ${v2}`].filter((text) => text !== "");
  return {
    name: "cgroups",
    answer: v2 === undefined ? "no" : "yes",
    found: versions.join(", ") || "not mounted",
    advice:
      "mount -t cgroup2 none /sys/fs/cgroup; needed for --sensor-scope cgroup:PATH and the UDP connects of --enable-network-events",
    isRequired: false,
  };
}
