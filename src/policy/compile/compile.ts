/** @module From the entries that meet at a place to the programs there. */
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import type { FunctionSource, TypeSource } from "../../kernel/btf/index.ts";
import { BPF_MAP_TYPE, type MapDefinition, possibleCpuCount } from "../../kernel/map/index.ts";
import {
  FunctionProgramBuilder,
  ProbeProgramBuilder,
  ProgramBuilder,
  type RecordMaps,
} from "../../kernel/program/index.ts";
import type { RecordLayout } from "../../kernel/record/index.ts";
import type { TracepointField } from "../../kernel/tracepoint/index.ts";
import { TetradError } from "../../os/error.ts";
import { ConditionMaps, type FilledMap, type ValueMarks } from "../condition/index.ts";
import type { OwnProcess } from "./action.ts";
import type { AttachPoint } from "./attach-point.ts";
import { CALL_KEY_SIZE } from "./call-key.ts";
import { EntryProgram, type ProgramSettings } from "./entry-program.ts";
import { hashProgram } from "./hash-program.ts";
import { overrideProgram } from "./override.ts";
import { type Plan, type PolicyEntry, planProgram } from "./plan.ts";
import { preloadProgram } from "./preload.ts";
import type { WayStarts } from "./reading.ts";
import { policyRecord } from "./record.ts";
import { writeReturnProgram } from "./return-program.ts";
import { isText, RETURNED_MARGIN } from "./returned.ts";
import { recordMaps, scratchMaps } from "./scratch.ts";

/** What is asked of the kernel that programs are for. */
export interface CompileKernel extends WayStarts {
  readonly types: TypeSource & FunctionSource;
  /** Fields of a tracepoint's record. @throws TetradError `unsupported` when there is no such tracepoint. */
  tracepointFields(subsystem: string, event: string): readonly TracepointField[];
}

/** What programs have in common. */
export interface CompileSettings {
  readonly kernel: CompileKernel;
  /** The number that records of policies begin with. */
  readonly kind: number;
  /** Where records go. */
  readonly ring: Pick<RecordMaps, "ring" | "lost" | "wakesReader">;
  /** What conditions on the process are compiled with. */
  readonly process: ProgramSettings["process"];
  /** Whether the kernel has `bpf_override_return`. */
  readonly hasOverrideReturn: boolean;
  /** Processors that the machine may ever have. @default those of this one */
  readonly cpuCount?: number;
  /** Whom signals and overrides spare. @default nobody */
  readonly agent?: OwnProcess | undefined;
  /** Whether the kernel has `bpf_task_pt_regs`. */
  readonly hasTaskRegisters: boolean;
  /** Whether the kernel may take the processor from programs that it could take it from. @default false */
  readonly isPreemptive?: boolean;
  /** Whether probes in programs may wait for memory. @default false */
  readonly hasSleepableUprobe?: boolean;
  /** Whether programs may write to the memory of a process; asked where one is to. @default it is tried */
  readonly canWriteUser?: () => boolean;
  /** Ends a program unless the process is in the sensor's scope. */
  readonly leaveUnlessInScope: (b: ProgramBuilder) => void;
}

/** The programs of a place. */
export interface CompiledHook {
  /** Where they are attached: of several places each with its position here as cookie. */
  readonly points: readonly AttachPoint[];
  readonly plan: Plan;
  /** Its number, which its records have. */
  readonly hook: number;
  readonly entry: ProgramSpec<"kprobe" | "fentry" | "lsm" | "raw_tp" | "tp">;
  readonly exit: ProgramSpec<"kretprobe" | "fexit" | "lsm.s"> | undefined;
  /** What brings the memory of a program that {@link entry} looks at; runs before it. */
  readonly preload: ProgramSpec<"uprobe.s"> | undefined;
  /** What has the function return an error. */
  readonly override: ProgramSpec<"fmod_ret"> | undefined;
  readonly layout: RecordLayout;
  /** Maps of its own. */
  readonly maps: readonly MapDefinition[];
  /** Maps that are filled before the program is attached. */
  readonly filledMaps: readonly FilledMap[];
  /** The map of records that wait for the function's return, where it is asked for. */
  readonly waitingMap: string | undefined;
  /** The array of its counters. */
  readonly counterMap: string;
  /** Which values of its conditions have matched, where that is asked for. */
  readonly marks: ValueMarks;
}

/** Bytes that records of calls which have not returned may take, and how many there are at least and at most. */
const WAITING_SIZE = 1 << 20;
const FEWEST_WAITING = 256;
const MOST_WAITING = 1024;

/**
 * Compiles what meets at a place; of a list, what meets at each of its places.
 * @param points Those of {@link PolicyEntry.hooks}.
 * @param hook A number that no other program has.
 * @throws TetradError `unsupported` for what this kernel, or the compiler, cannot do.
 */
export function compileHook(
  points: readonly AttachPoint[],
  entries: readonly PolicyEntry[],
  hook: number,
  settings: CompileSettings,
): CompiledHook {
  try {
    return assembleHook(points, entries, hook, settings);
  } catch (error) {
    // Registers, stack, memory and the reach of jumps have limits, and what meets at a place may go beyond one.
    if (!(error instanceof RangeError)) throw error;
    const what = `Cannot compile what policies ask at "${points[0]!.name}" into one program`;
    throw new TetradError("unsupported", `${what}: ${error.message}`, { cause: error });
  }
}

function assembleHook(
  points: readonly AttachPoint[],
  entries: readonly PolicyEntry[],
  hook: number,
  {
    kernel,
    kind,
    ring,
    process,
    hasOverrideReturn,
    hasTaskRegisters,
    isPreemptive = false,
    hasSleepableUprobe = false,
    canWriteUser = () => true,
    cpuCount = possibleCpuCount(),
    agent,
    leaveUnlessInScope,
  }: CompileSettings,
): CompiledHook {
  const point = points[0]!;
  const names = { counters: `tp${hook}_count`, waiting: `tp${hook}_wait`, conditions: `tp${hook}` };
  const plan = planProgram(point, entries, {
    starts: kernel,
    counterMap: names.counters,
    hasOverrideReturn,
    cpuCount,
  });
  if (sets(entries) && !canWriteUser())
    throw new TetradError(
      "unsupported",
      `Cannot set arguments at "${point.name}": this takes CAP_SYS_ADMIN, which an agent has at its start only, and a kernel that is not locked down`,
    );
  const layout = policyRecord(plan);
  const memory = scratchMaps(point, isPreemptive);
  const conditionMaps = new ConditionMaps(names.conditions);
  const fields =
    point.convention === "tracepoint" ? kernel.tracepointFields(point.subsystem, point.name) : [];
  const settings: ProgramSettings = {
    layout,
    maps: recordMaps(ring, memory),
    memory,
    conditionMaps,
    fields,
    kind,
    hook,
    point,
    agent,
    process,
    waiting: names.waiting,
    hasTaskRegisters,
    leaveUnlessInScope,
  };
  const name = `tetrad_p${hook}`;
  const entry = entryProgram(plan, settings, kernel.types, name);
  const exit =
    point.hasReturn || plan.hash !== undefined ? exitProgram(plan, settings, kernel.types, name) : undefined;
  return {
    points,
    plan,
    hook,
    entry,
    exit,
    preload:
      point.user !== undefined && hasSleepableUprobe
        ? preloadProgram(kernel.types, plan, { fields, hasTaskRegisters }, `${name}m`)
        : undefined,
    override:
      plan.override === "fmod_ret"
        ? overrideProgram(kernel.types, point, { hook, program: `${name}o` })
        : undefined,
    layout,
    maps: [
      plan.counters.definition(),
      ...(exit === undefined
        ? []
        : [waitingMap(names.waiting, layout.maxSize + (plan.returned.some(isText) ? RETURNED_MARGIN : 0))]),
    ],
    filledMaps: conditionMaps.all,
    waitingMap: point.hasReturn ? names.waiting : undefined,
    counterMap: names.counters,
    marks: conditionMaps.marks,
  };
}

function sets(entries: readonly PolicyEntry[]): boolean {
  return entries.some(({ hook: { selectors } }) =>
    selectors.some(({ actions }) => actions.some(({ action }) => action === "Set")),
  );
}

function entryProgram(
  plan: Plan,
  settings: ProgramSettings,
  types: CompileKernel["types"],
  name: string,
): CompiledHook["entry"] {
  const { point } = plan;
  switch (point.program) {
    case "probe": {
      const b = new ProbeProgramBuilder(types, 0);
      new EntryProgram(b, plan, settings).write();
      return b.program("kprobe", name);
    }
    case "fentry":
    case "lsm": {
      const b = new FunctionProgramBuilder(types, point.program, point.name);
      new EntryProgram(b, plan, settings).write();
      return b.build(name);
    }
    case "tracepoint": {
      const b = new ProgramBuilder(types, 0);
      new EntryProgram(b, plan, settings).write();
      return b.program(point.convention === "tracepoint" ? "tp" : "raw_tp", name);
    }
  }
}

function exitProgram(
  plan: Plan,
  settings: ProgramSettings,
  types: CompileKernel["types"],
  name: string,
): CompiledHook["exit"] {
  if (plan.hash !== undefined) return hashProgram(plan, settings, types, `${name}h`);
  if (plan.point.program === "fentry") {
    const b = new FunctionProgramBuilder(types, "fexit", plan.point.name);
    writeReturnProgram(b, plan, settings);
    return b.build(`${name}r`);
  }
  const b = new ProbeProgramBuilder(types, 0);
  writeReturnProgram(b, plan, settings);
  return b.program("kretprobe", `${name}r`);
}

/** Records by {@link callKey}. A thread may end before the function returns: then they are in the way of nobody. */
function waitingMap(name: string, valueSize: number): MapDefinition {
  const count = Math.floor(WAITING_SIZE / valueSize);
  return {
    name,
    type: BPF_MAP_TYPE.LRU_HASH,
    keySize: CALL_KEY_SIZE,
    valueSize,
    maxEntries: Math.min(MOST_WAITING, Math.max(FEWEST_WAITING, count)),
  };
}
