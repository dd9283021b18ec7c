/** @module What `tetrad doctor` says of the kinds of hooks that tracing policies have. */
import { KernelTypes, readKernelBtf } from "../../kernel/btf/index.ts";
import {
  type FeatureAnswer,
  haveFeature,
  haveHelper,
  readSecurityModules,
} from "../../kernel/feature/index.ts";
import { codeOrText, errorMessage } from "../../os/caught.ts";
import { lsmFunction } from "../../policy/lsm-function.ts";
import type { Probe } from "../../source/sensor/index.ts";

/** What hooks and actions of tracing policies take beyond tracepoints. */
export function probePolicyHooks(): Probe[] {
  return [
    feature("kprobes", haveFeature("kprobe"), {
      yes: "tracing policies may hook functions and system calls",
      no: "this kernel was built without CONFIG_KPROBE_EVENTS",
      advice:
        "tracing policies load hooks at tracepoints here (tracepoints:), and none at functions (kprobes:)",
    }),
    feature("override of calls", haveHelper("kprobe", "override_return"), {
      yes: "policies may Override system calls",
      no: "this kernel was built without CONFIG_BPF_KPROBE_OVERRIDE",
      advice:
        "policies may Override functions that begin with security_ where there are kprobes; Sigkill needs neither",
    }),
    probeSecurityModules(),
  ];
}

/** Whether programs may stand at hooks of the security modules: by how the kernel was built, and by how it was started. */
function probeSecurityModules(): Probe {
  const probe = { name: "BPF LSM", isRequired: false };
  const without = "policies have no lsmhooks here, and ready-made ones stand at functions";
  const { answer, cause } = haveFeature("lsm");
  if (answer === "yes")
    return {
      ...probe,
      answer,
      found: "policies may hook the security modules (lsmhooks:), and Override there",
    };
  let started: readonly string[];
  try {
    started = readSecurityModules();
  } catch (error) {
    const found = `securityfs: ${codeOrText(error)}: mount -t securityfs securityfs /sys/kernel/security to see it, or look as root`;
    return { ...probe, answer: "unknown", found };
  }
  if (started.includes("bpf"))
    return { ...probe, answer: "unknown", found: cause === undefined ? "not tried" : errorMessage(cause) };
  if (isBuiltWithLsm())
    return {
      ...probe,
      answer: "no",
      found: `the kernel was started without it: its modules are ${started.join(",")}`,
      advice: `start it with lsm=${[...started.filter((name) => name !== "capability"), "bpf"].join(",")} on its command line; ${without}`,
    };
  return { ...probe, answer: "no", found: "this kernel was built without CONFIG_BPF_LSM", advice: without };
}

/** Functions that programs are attached to are there, whether or not anything calls them. */
function isBuiltWithLsm(): boolean {
  try {
    return new KernelTypes(readKernelBtf()).function(lsmFunction("file_open")) !== undefined;
  } catch {
    return false;
  }
}

function feature(
  name: string,
  { answer, cause }: FeatureAnswer,
  says: { readonly yes: string; readonly no: string; readonly advice: string },
): Probe {
  const probe = { name, advice: says.advice, isRequired: false };
  if (answer !== "inconclusive") return { ...probe, answer, found: says[answer] };
  return { ...probe, answer: "unknown", found: cause === undefined ? "not tried" : errorMessage(cause) };
}
