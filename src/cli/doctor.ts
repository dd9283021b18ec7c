/** @module `tetrad doctor`: what the sensor finds on this host, and what it lacks. */
import { readFileSync } from "node:fs";
import { findRunningAgents, reportRunningAgents } from "../agent/running-agents.ts";
import { Assembler } from "../kernel/asm/index.ts";
import { KernelObject, type Probe, probeKernel } from "../kernel/loader/index.ts";
import { NETWORK_HOOK, SENSOR_HOOKS } from "../kernel/sensor/index.ts";
import type { Command } from "./context.ts";
import { EXIT_OK, EXIT_UNSUPPORTED } from "./exit-code.ts";
import { requestedHelp } from "./help.ts";

/** What {@link diagnose} found. */
export interface Diagnosis {
  readonly probes: readonly Probe[];
  /** Whether the sensor can run here. */
  readonly isUsable: boolean;
  /** The report, lines of text. */
  readonly report: string;
}

/** Prints the report. The exit code is 0 where the sensor can run, else 3. */
export const runDoctor: Command = async ({ argv, print }) => {
  const help = requestedHelp(argv);
  if (help !== undefined) {
    print(help);
    return EXIT_OK;
  }
  const { report, isUsable } = diagnose();
  print(report + reportRunningAgents(findRunningAgents()));
  return isUsable ? EXIT_OK : EXIT_UNSUPPORTED;
};

/** Asks the kernel everything that the sensor depends on. Loads and unloads programs that do nothing. */
export function diagnose(procfs = "/proc"): Diagnosis {
  const mounts = readMounts(procfs);
  const probes = [
    ...probeKernel([...SENSOR_HOOKS, NETWORK_HOOK], procfs),
    probeConnectPrograms(),
    probeTracefs(mounts),
    probeCgroups(mounts),
  ];
  const isUsable = probes.every((probe) => !probe.isRequired || probe.answer !== "no");
  return { probes, isUsable, report: formatReport(probes, isUsable) };
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
    for (const family of [4, 6] as const) object.loadConnect({ name: "tetrad_probe", family, assembly });
    return { ...probe, answer: "yes", found: "loaded" };
  } catch (error) {
    return {
      ...probe,
      answer: "no",
      found: error instanceof Error ? error.message : String(error),
      advice: "run as root, or grant CAP_NET_ADMIN; without it: UDP connects of --enable-network-events",
    };
  }
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
      "mount -t cgroup2 none /sys/fs/cgroup; without it: --sensor-scope cgroup:PATH, UDP connects of --enable-network-events",
    isRequired: false,
  };
}

const MARKS = { yes: "ok", no: "NO", unknown: "??" } as const;

function formatReport(probes: readonly Probe[], isUsable: boolean): string {
  const width = Math.max(...probes.map(({ name }) => name.length));
  const lines = probes.map(({ name, answer, found, advice }) => {
    const line = `${MARKS[answer]}  ${name.padEnd(width)}  ${found}`;
    return answer === "no" && advice !== undefined ? `${line}\n    ${" ".repeat(width)}  ${advice}` : line;
  });
  lines.push(isUsable ? "The sensor can run here." : "The sensor cannot run here.");
  return `${lines.join("\n")}\n`;
}
