/** @module What this kernel can do, asked of the kernel itself: distributions take features back to older versions. */
import { existsSync } from "node:fs";
import { btfById, btfInfo, btfNextId, isErrno, perfLink } from "../../os/bpf/index.ts";
import { Descriptor } from "../../os/descriptor.ts";
import { PAGE_SIZE } from "../../os/mapping.ts";
import { Assembler, type Assembly } from "../asm/index.ts";
import { type KindDescription, PROGRAM_KINDS, type ProgramKind, type ProgramSpec } from "../attach/index.ts";
import { KernelTypes, readKernelBtf } from "../btf/index.ts";
import { Program } from "../loader/index.ts";
import { BPF_MAP_TYPE, BpfMap } from "../map/index.ts";
import { FunctionProgramBuilder, TracingProgramBuilder } from "../program/index.ts";
import { withTracefs } from "../tracepoint/index.ts";
import { answerOf, type FeatureAnswer, remember, rememberEach, systemCallError, YES } from "./answer.ts";
import { haveHelper } from "./helper.ts";
import type { FeatureName } from "./name.ts";
import { hasIntegrityMeasurement, readSecurityModules } from "./security-modules.ts";

const EVENT_SOURCES = "/sys/bus/event_source/devices";

const NOTHING: Assembly = new Assembler().set("r0", 0).exit().assemble();
const NAME = "tetrad_probe";
/** A function that every kernel has, and hardly ever calls. */
const QUIET_FUNCTION = "vprintk";
const NO_DESCRIPTOR = 0xffff_ffff;

/** How each one is asked for. */
const ASK: Readonly<Record<FeatureName, () => FeatureAnswer>> = {
  "ring buffer": () =>
    answerOf(() => {
      const { RINGBUF: type } = BPF_MAP_TYPE;
      using _ = BpfMap.create({ name: NAME, type, keySize: 0, valueSize: 0, maxEntries: PAGE_SIZE });
    }),
  tracefs: () => answerOf(() => void withTracefs(() => {})),
  kprobe: () => eventSource("kprobe"),
  uprobe: () => eventSource("uprobe"),
  "kprobe.multi": () =>
    answerOf(() => {
      using program = Program.load({ kind: "kprobe.multi", name: NAME, assembly: NOTHING });
      using _ = program.attach({ symbols: [QUIET_FUNCTION] });
    }),
  "uprobe.multi": () =>
    answerOf(() => {
      using program = Program.load({ kind: "uprobe.multi", name: NAME, assembly: NOTHING });
      // Refused before anything is changed: it is a directory.
      tolerate("EBADF", () => program.attach({ path: "/", offsets: [1n] })[Symbol.dispose]());
    }),
  "sleepable uprobe": () => {
    const source = eventSource("uprobe");
    if (source.answer !== "yes") return source;
    return answerOf(() => {
      using _ = Program.load({ kind: "uprobe.s", name: NAME, assembly: NOTHING });
    });
  },
  "uprobe registers": askUprobeRegisters,
  fentry: () => answerOf(() => attachTo("fentry", "bpf_fentry_test1")),
  lsm: askLsm,
  ima: askIma,
  "perf link": () =>
    answerOf(() => {
      using program = Program.load({ kind: "tp", name: NAME, assembly: NOTHING });
      tolerate("EBADF", () => perfLink(program.fd, NO_DESCRIPTOR));
    }),
  "atomic exchange": () =>
    answerOf(() => {
      const a = new Assembler().store(8, "r10", -8, 0).set("r0", 0);
      load(a.atomicExchange(4, "r10", -8, "r0").exit().assemble());
    }),
  "bounded loop": () => answerOf(() => load(loopingProgram())),
  bpf_loop: () => haveHelper("socket", "loop"),
  "function types": () => answerOf(() => load(programWithSubprogram())),
  "module types": askModuleTypes,
};

const REMEMBERED = Object.fromEntries(
  Object.entries(ASK).map(([name, ask]) => [name, remember(ask)]),
) as Readonly<Record<FeatureName, () => FeatureAnswer>>;

/** Whether this kernel has it. Asked once; what is inconclusive is asked again. */
export function haveFeature(name: FeatureName): FeatureAnswer {
  return REMEMBERED[name]();
}

/**
 * Whether programs of that kind are accepted, and can be attached as far as the kernel's build and start decide that.
 * Asked once; what is inconclusive is asked again.
 */
export const haveProgramKind: (kind: ProgramKind) => FeatureAnswer = rememberEach((kind) => {
  const { needs }: KindDescription = PROGRAM_KINDS[kind];
  if (needs !== undefined) return haveFeature(needs);
  return answerOf(() => {
    using _ = Program.load(smallestOf(kind));
  });
});

/** A program that does nothing, and lets everything pass. */
function smallestOf(kind: ProgramKind): ProgramSpec {
  if (kind === "tp_btf") {
    const types = new KernelTypes(readKernelBtf());
    return new TracingProgramBuilder(types, "sched_process_exec").build(NAME);
  }
  const assembly = new Assembler().set("r0", 1).exit().assemble();
  return { kind, name: NAME, assembly } as ProgramSpec;
}

function eventSource(name: string): FeatureAnswer {
  if (!existsSync(EVENT_SOURCES)) return { answer: "inconclusive" };
  return existsSync(`${EVENT_SOURCES}/${name}`) ? YES : { answer: "no" };
}

/** Whether programs may change registers of a process (6.18): verifiers of others refuse it as they refuse whom they do not trust. */
function askUprobeRegisters(): FeatureAnswer {
  const source = eventSource("uprobe");
  if (source.answer !== "yes") return source;
  const assembly = new Assembler().set("r0", 0).store(8, "r1", 0, "r0").exit().assemble();
  const loads = (tried: Assembly) =>
    answerOf(() => {
      using _ = Program.load({ kind: "uprobe", name: NAME, assembly: tried });
    });
  const asked = loads(assembly);
  if (systemCallError(asked.cause)?.errnoName !== "EACCES") return asked;
  return loads(NOTHING).answer === "yes" ? { ...asked, answer: "no" } : asked;
}

/** A hook's programs run only where the module is among those that the kernel was started with. */
function askLsm(): FeatureAnswer {
  try {
    if (!readSecurityModules().includes("bpf")) return { answer: "no" };
  } catch (cause) {
    return { answer: "inconclusive", cause };
  }
  return answerOf(() => attachTo("lsm", "sb_statfs"));
}

/** Programs may ask for digests on every kernel, and are given none where nobody makes them. */
function askIma(): FeatureAnswer {
  try {
    return hasIntegrityMeasurement() ? YES : { answer: "no" };
  } catch (cause) {
    return { answer: "inconclusive", cause };
  }
}

function attachTo(kind: "fentry" | "lsm", name: string): void {
  const types = new KernelTypes(readKernelBtf());
  using program = Program.load(new FunctionProgramBuilder(types, kind, name).build(NAME));
  using _ = program.attach();
}

function load(assembly: Assembly): void {
  using _ = Program.load({ kind: "socket", name: NAME, assembly });
}

function loopingProgram(): Assembly {
  return new Assembler()
    .set("r0", 0)
    .label("again")
    .alu("r0", "+=", 1)
    .jumpIf("r0", "<", 8, "again")
    .exit()
    .assemble();
}

function programWithSubprogram(): Assembly {
  return new Assembler()
    .callSubprogram("nothing")
    .exit()
    .subprogram("nothing", (sub) => {
      sub.set("r0", 0).exit();
    })
    .assemble();
}

/** Kernels whose modules have types give their own types an id, and say that they are the kernel's. */
function askModuleTypes(): FeatureAnswer {
  let isKernel = false;
  const asked = answerOf(() => {
    const id = btfNextId(0);
    const fd = id === undefined ? undefined : btfById(id);
    if (fd === undefined) return;
    using types = new Descriptor(fd);
    isKernel = btfInfo(types.fd).isKernel;
  });
  return asked.answer === "yes" && !isKernel ? { answer: "no" } : asked;
}

/** An error that only a kernel gives which knows what it was asked for. */
function tolerate(errno: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (!isErrno(cause, errno)) throw error;
  }
}
