/** @module Finds the values that a hook's program is given. */

import type { AccessSize, RegisterOperand } from "../../kernel/asm/index.ts";
import {
  type CallBuilder,
  type ProbeProgramBuilder,
  type ProgramBuilder,
  readSystemCall,
} from "../../kernel/program/index.ts";
import type { TracepointField } from "../../kernel/tracepoint/index.ts";
import { TetradError } from "../../os/error.ts";
import type { Memory } from "../condition/index.ts";
import type { Argument } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";
import { loadUsdtArgument, usdtArgument } from "./usdt-source.ts";

/** A source of values. */
export interface ValueSource {
  /** Where a value of `size` bytes lies, which is small enough to be looked at there. `undefined` of what lies nowhere. */
  place(source: Argument["source"], size: AccessSize): Memory | undefined;
  /** `register` = the value, or the address of one that has more than eight bytes; goes to `failed` where it cannot be read. */
  load(register: RegisterOperand, source: Argument["source"], failed: string): void;
  /** Bytes of an array that the program is given. */
  size(source: Argument["source"]): number | undefined;
  /** Whether what is there is an address of the process's own: it may have put any number there. */
  isUserMemory(source: Argument["source"]): boolean;
}

/** What a source is made with. */
export interface SourceSettings {
  /** Of a tracepoint that is not raw. */
  readonly fields: readonly TracepointField[];
  /** Whether the kernel has `bpf_task_pt_regs`. */
  readonly hasTaskRegisters: boolean;
}

/** Bytes of an argument in the array that a raw tracepoint's program is given. */
const ARGUMENT_SIZE = 8;
/** Arguments of a raw tracepoint at most. Source: `MAX_BPF_FUNC_ARGS` of the kernel. */
const MOST_RAW_ARGUMENTS = 12;

/**
 * The source of a program at `point`. What it takes to look at arguments at all comes first.
 * @param used Which are looked at.
 */
export function valueSource(
  b: ProgramBuilder,
  point: AttachPoint,
  used: readonly Argument["source"][],
  { fields, hasTaskRegisters }: SourceSettings,
): ValueSource {
  switch (point.convention) {
    case "function":
      return registers(b as CallBuilder, (index) => (b as CallBuilder).argumentPlace(index), []);
    case "uprobe":
      return registers(b as CallBuilder, (index) => (b as CallBuilder).argumentPlace(index), [
        "argument",
        "register",
      ]);
    case "usdt":
      return usdtArguments(b as ProbeProgramBuilder, point);
    case "syscall":
    case "compat syscall": {
      const probe = b as CallBuilder;
      const indices = used.flatMap((source) => (source.kind === "argument" ? source.index : []));
      const abi = point.convention === "syscall" ? "native" : "compat";
      return registers(probe, readSystemCall(probe, indices, abi, { hasTaskRegisters }), ["argument"]);
    }
    case "raw tracepoint":
      return inContext(b, false, (index) => {
        if (index >= MOST_RAW_ARGUMENTS) throw missing(point, index);
        return { offset: index * ARGUMENT_SIZE, size: ARGUMENT_SIZE };
      });
    case "tracepoint":
      return inContext(b, point.subsystem === "syscalls", (index) => {
        const field = fields[index];
        if (field === undefined) throw missing(point, index);
        return field;
      });
  }
}

function missing({ convention, name }: AttachPoint, index: number): TetradError {
  return new TetradError(
    "unsupported",
    `Cannot read argument ${index} of ${convention} "${name}": it has fewer`,
  );
}

function registers(
  b: CallBuilder,
  argument: (index: number) => Memory,
  ofProcess: readonly Argument["source"]["kind"][],
): ValueSource {
  const find = (source: Argument["source"]): Memory | undefined => {
    if (source.kind === "argument") return argument(source.index);
    if (source.kind === "return") return b.resultPlace();
    if (source.kind === "register") return b.registerPlace(source.name);
    return undefined;
  };
  return {
    isUserMemory: ({ kind }) => ofProcess.includes(kind),
    size: () => undefined,
    place(source, size) {
      const place = find(source);
      return place === undefined ? undefined : { ...place, size: Math.min(place.size, size) as AccessSize };
    },
    load(register, source) {
      const place = find(source);
      if (place === undefined) loadTask(b, register);
      else {
        b.asm.load(place.size, register, place.base, place.offset);
        if (place.base === b.context) b.makeNumber(register);
      }
    },
  };
}

/**
 * Whether an argument lies in a register as it is, so that `size` bytes of it can be looked at there.
 * @param size Of the type that a policy reads it as.
 */
export function isInRegister(point: AttachPoint, source: Argument["source"], size: number): boolean {
  if (source.kind !== "argument") return false;
  if (point.convention !== "usdt") return true;
  const argument = usdtArgument(point, source.index);
  return argument.kind === "register" && argument.size >= size;
}

function usdtArguments(b: ProbeProgramBuilder, point: AttachPoint): ValueSource {
  return {
    isUserMemory: ({ kind }) => kind === "argument",
    size: () => undefined,
    place(source, size) {
      if (source.kind !== "argument" || !isInRegister(point, source, size)) return undefined;
      const argument = usdtArgument(point, source.index);
      if (argument.kind !== "register") return undefined;
      return { ...b.registerPlace(argument.register), size };
    },
    load(register, source, failed) {
      if (source.kind === "argument")
        loadUsdtArgument(b, register, usdtArgument(point, source.index), failed);
      else loadTask(b, register);
    },
  };
}

const ACCESS_SIZES: ReadonlySet<number> = new Set([1, 2, 4, 8]);

/** Where an argument lies in what a program is given. */
interface FieldPlace {
  readonly offset: number;
  readonly size: number;
  /** As C has it. */
  readonly type?: string;
}

/** Whether what lies there is no number: then its address is the argument. */
function isArray({ size, type = "" }: FieldPlace): boolean {
  return !ACCESS_SIZES.has(size) || (type.includes("[") && !type.startsWith("__data_loc"));
}

/** @param find Where the argument lies in what the program is given. */
function inContext(
  b: ProgramBuilder,
  isUserMemory: boolean,
  find: (index: number) => FieldPlace,
): ValueSource {
  return {
    isUserMemory: ({ kind }) => isUserMemory && kind === "argument",
    size(source) {
      const found = source.kind === "argument" ? find(source.index) : undefined;
      return found !== undefined && isArray(found) ? found.size : undefined;
    },
    place(source, size) {
      if (source.kind !== "argument") return undefined;
      const found = find(source.index);
      const { offset, size: whole } = found;
      return isArray(found)
        ? undefined
        : { base: b.context, offset, size: Math.min(whole, size) as AccessSize };
    },
    load(register, source) {
      if (source.kind === "register")
        throw new TetradError("unsupported", `Cannot read register "${source.name}" at a tracepoint`);
      if (source.kind !== "argument") {
        loadTask(b, register);
        return;
      }
      const found = find(source.index);
      const { offset, size } = found;
      if (isArray(found)) b.asm.set(register, b.context).alu(register, "+=", offset);
      else b.asm.load(size as AccessSize, register, b.context, offset);
    },
  };
}

function loadTask(b: ProgramBuilder, register: RegisterOperand): void {
  b.asm.call("get_current_task");
  if (register !== "r0") b.asm.set(register, "r0");
}
