/**
 * @module Asks what this kernel and this process's rights allow. Each answer is yes, no, or not known, and says
 * what is missing and what works less without it.
 */

import { readFileSync } from "node:fs";
import { release } from "node:os";
import { Assembler } from "../../kernel/asm/index.ts";
import { KernelTypes, readKernelBtf, type TypeSource, VMLINUX_BTF } from "../../kernel/btf/index.ts";
import { haveFeature, systemCallError } from "../../kernel/feature/index.ts";
import { KernelObject } from "../../kernel/loader/index.ts";
import { type CapabilityName, capabilitySet } from "../../os/capability.ts";
import { codeOrText, errorMessage, isMissing, isShortage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { parseStatus, statusCapabilities } from "../../os/process-status.ts";
import { SENSOR_CAPABILITIES } from "./capabilities.ts";
import type { ProbedHook } from "./probe/declaration.ts";
import { FOREIGN_PROCFS, showsHostProcesses } from "./procfs/host.ts";

/** One thing that was asked. */
export interface Probe {
  readonly name: string;
  readonly answer: "yes" | "no" | "unknown";
  /** What was found. */
  readonly found: string;
  /** Of a no: how to get it, and what does not work without it. */
  readonly advice?: string;
  /** Whether the sensor cannot work without it. */
  readonly isRequired: boolean;
}

/** The ring buffer and `bpf_ktime_get_boot_ns` came with this one. */
const MINIMUM_KERNEL = [5, 8] as const;

/**
 * Everything the sensor needs, in the order in which a missing one is the reason for the next.
 * @param btf Path of the kernel's types.
 */
export function probeKernel(hooks: readonly ProbedHook[], procfs = "/proc", btf = VMLINUX_BTF): Probe[] {
  const { probe: ofTypes, types } = probeBtf(btf);
  const probes = [probeRelease(), ofTypes, ...probeCapabilities(procfs), probeLockdown()];
  probes.push(probePidNamespace(procfs), probeRingBuffer(), probeJit(procfs));
  for (const hook of hooks) probes.push(probeHook(hook, types));
  return probes;
}

/** The first required thing that is missing, as an error for the user, or `undefined` when nothing is. */
export function missingFeature(probes: readonly Probe[]): TetradError | undefined {
  const missing = probes.find((probe) => probe.isRequired && probe.answer === "no");
  if (missing === undefined) return undefined;
  const advice = missing.advice === undefined ? "" : `; ${missing.advice}`;
  return new TetradError(
    "unsupported",
    `Cannot start the sensor: ${missing.name}: ${missing.found}${advice}`,
  );
}

function probeRelease(): Probe {
  const found = release();
  const [major = 0, minor = 0] = found.split(".").map((part) => Number.parseInt(part, 10));
  const [needMajor, needMinor] = MINIMUM_KERNEL;
  const isNew = major > needMajor || (major === needMajor && minor >= needMinor);
  return {
    name: "kernel",
    answer: isNew ? "yes" : "no",
    found,
    advice: `the sensor needs Linux ${needMajor}.${needMinor} or newer`,
    isRequired: true,
  };
}

function probeBtf(btf: string): { readonly probe: Probe; readonly types?: TypeSource } {
  const probe = { name: "kernel types (BTF)", isRequired: true };
  try {
    return { probe: { ...probe, answer: "yes", found: btf }, types: new KernelTypes(readKernelBtf(btf)) };
  } catch (error) {
    if (isShortage(error)) return { probe: { ...probe, answer: "unknown", found: errorMessage(error) } };
    if (!isMissing((error as Error).cause ?? error))
      return { probe: { ...probe, answer: "no", found: errorMessage(error) } };
    const advice =
      btf === VMLINUX_BTF
        ? "build the kernel with CONFIG_DEBUG_INFO_BTF=y, and mount sysfs: mount -t sysfs sysfs /sys"
        : `the kernel's own types are in ${VMLINUX_BTF}`;
    return { probe: { ...probe, answer: "no", found: `${btf} is missing`, advice } };
  }
}

function probeCapabilities(procfs: string): Probe[] {
  let effective: bigint;
  try {
    const status = parseStatus(readFileSync(`${procfs}/self/status`, "latin1"));
    effective = statusCapabilities(status, "CapEff");
  } catch (error) {
    return [
      {
        name: "capabilities",
        answer: "unknown",
        found: `${procfs}/self/status: ${codeOrText(error)}`,
        isRequired: true,
      },
    ];
  }
  const has = (name: CapabilityName): boolean => (effective & capabilitySet([name])) !== 0n;
  return SENSOR_CAPABILITIES.filter(({ without }) => without !== undefined).map(({ name, why, without }) => {
    const isRequired = without === "nothing";
    // procfs asks for this very one; bpf(2) takes the other as well.
    const isCovered = isRequired && has("CAP_SYS_ADMIN");
    const source = has(name) ? name : isCovered ? "CAP_SYS_ADMIN" : undefined;
    return {
      name,
      answer: source === undefined ? "no" : "yes",
      found: source === undefined ? "not held" : source === name ? "held" : `covered by ${source}`,
      advice: `run as root, or grant ${name}, which is needed to ${why}`,
      isRequired,
    };
  });
}

/** Records have the numbers of the first PID namespace. */
function probePidNamespace(procfs: string): Probe {
  const probe = { name: "PID namespace", isRequired: false };
  if (showsHostProcesses(procfs)) return { ...probe, answer: "yes", found: "the host's" };
  return { ...probe, answer: "no", found: "another than the host's", advice: FOREIGN_PROCFS };
}

/** Lockdown in confidentiality mode lets no program read kernel memory. */
function probeLockdown(): Probe {
  const name = "lockdown";
  const path = "/sys/kernel/security/lockdown";
  try {
    const mode = /\[(\w+)\]/.exec(readFileSync(path, "latin1"))?.[1] ?? "none";
    return {
      name,
      answer: mode === "confidentiality" ? "no" : "yes",
      found: mode,
      advice:
        "start the kernel with lockdown=integrity or lockdown=none: programs may not read kernel memory",
      isRequired: true,
    };
  } catch (error) {
    if (isMissing(error)) return { name, answer: "yes", found: "not in use", isRequired: true };
    return { name, answer: "unknown", found: `${path}: ${codeOrText(error)}`, isRequired: true };
  }
}

function probeRingBuffer(): Probe {
  const probe = { name: "ring buffer", isRequired: true };
  const { answer, cause } = haveFeature("ring buffer");
  return answer === "yes" ? { ...probe, answer, found: "created" } : { ...probe, ...refusal(cause) };
}

/** Whether programs are compiled. A kernel that always does so has no such setting, nor has a network namespace. */
function probeJit(procfs: string): Probe {
  const probe = { name: "JIT", isRequired: false };
  try {
    const isOff = readFileSync(`${procfs}/sys/net/core/bpf_jit_enable`, "latin1").trim() === "0";
    if (!isOff) return { ...probe, answer: "yes", found: "on" };
    const advice =
      "sysctl net.core.bpf_jit_enable=1; without it programs are interpreted: each event costs more";
    return { ...probe, answer: "no", found: "off", advice };
  } catch (error) {
    const found = isMissing(error) ? "not shown here" : `not shown here: ${codeOrText(error)}`;
    return { ...probe, answer: "unknown", found };
  }
}

/** Attaches a program that does nothing, and takes it away again. */
function probeHook(hook: ProbedHook, types: TypeSource | undefined): Probe {
  const probe = { name: `hook ${hook.tracepoint}`, isRequired: hook.isRequired };
  if (types === undefined) return { ...probe, answer: "unknown", found: "not tried: no kernel types" };
  const { tracepoint, purpose } = hook;
  const id = types.tracepoint(tracepoint)?.id;
  if (id === undefined) {
    return { ...probe, answer: "no", found: "not in this kernel", advice: `needed for ${purpose}` };
  }
  try {
    using object = new KernelObject();
    const assembly = new Assembler().set("r0", 0).exit().assemble();
    object.attach({ kind: "tp_btf", name: "tetrad_probe", target: { name: tracepoint, id }, assembly });
    return { ...probe, answer: "yes", found: "attached" };
  } catch (error) {
    return { ...probe, advice: `needed for ${purpose}`, ...refusal(error) };
  }
}

/** What a refusal means. Want of memory or descriptors says nothing about the kernel, nor does a fault of our own. */
function refusal(error: unknown): Pick<Probe, "answer" | "found" | "advice"> {
  const cause = systemCallError(error);
  if (cause === undefined) return { answer: "unknown", found: errorMessage(error) };
  switch (cause.errnoName) {
    case "EPERM":
    case "EACCES":
      return {
        answer: "no",
        found: cause.errnoName,
        advice:
          "grant CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN): those of a user namespace do not count, and seccomp and security modules must allow bpf(2); before Linux 5.11 also raise the limit of locked memory (ulimit -l)",
      };
    case "ENOMEM":
    case "EMFILE":
    case "ENFILE":
    case "EAGAIN":
      return { answer: "unknown", found: cause.errnoName };
    default:
      return { answer: "no", found: cause.errnoName };
  }
}
