/** @module Builds programs that are given the arguments of a tracepoint or a function: an array of them, 8 bytes each. */
import { TetradError } from "../../os/error.ts";
import type { RegisterOperand } from "../asm/index.ts";
import type { ProgramSpec } from "../attach/index.ts";
import type { FunctionSource, FunctionType, TypeSource } from "../btf/index.ts";
import { ProgramBuilder } from "./builder.ts";
import type { CallBuilder, FrameOptions, RegisterPlace } from "./call.ts";
import type { Pointer } from "./pointer.ts";

/** What has arguments. */
class ArgumentsBuilder extends ProgramBuilder {
  /**
   * Argument `index`, a pointer to `struct`; ends the program where it is null. Verifiers know which
   * ones may be (newer kernels of more of them), and refuse what is done with those without asking.
   */
  argument(index: number, struct: string, name: string): Pointer {
    const slot = this.asm.slot(name);
    this.asm.note(`${name} = argument ${index}`).load(8, "r1", this.context, index * 8);
    this.leaveIf("r1", "==", 0);
    this.asm.store(8, "r10", slot, "r1");
    return { name, struct, slot, offset: 0, isTyped: true };
  }

  /** Argument `index`, a number, into `register`. */
  loadArgument(register: RegisterOperand, index: number): void {
    this.asm.note(`argument ${index}`).load(8, register, this.context, index * 8);
  }
}

/** A builder that knows its raw tracepoint. */
export class TracingProgramBuilder extends ArgumentsBuilder {
  /** Arguments that the tracepoint has on this kernel. */
  readonly argumentCount: number;
  readonly #tracepoint: string;
  readonly #tracepointId: number;

  /**
   * @param tracepoint Name of the raw tracepoint that the program is for.
   * @throws TetradError `unsupported` when this kernel does not have it.
   */
  constructor(types: TypeSource, tracepoint: string) {
    super(types, 0);
    const found = types.tracepoint(tracepoint);
    if (found === undefined) {
      throw new TetradError("unsupported", `Cannot find tracepoint "${tracepoint}" in this kernel`);
    }
    this.argumentCount = found.argumentCount;
    this.#tracepoint = tracepoint;
    this.#tracepointId = found.id;
  }

  /**
   * The finished program.
   * @param name As `bpftool` is to show it: 15 characters at most.
   */
  build(name: string): ProgramSpec<"tp_btf"> {
    const target = { name: this.#tracepoint, id: this.#tracepointId };
    return { kind: "tp_btf", name, target, assembly: this.finish() };
  }
}

/** Kinds whose programs are given a function's arguments. */
export type FunctionProgramKind = "fentry" | "fexit" | "fmod_ret" | "lsm" | "lsm.s";

/** Bytes of an argument. */
const ARGUMENT_SIZE = 8;

/** A builder that knows its function. */
export class FunctionProgramBuilder<K extends FunctionProgramKind>
  extends ArgumentsBuilder
  implements CallBuilder
{
  /** What the function takes and returns on this kernel. */
  readonly function: FunctionType;
  readonly #kind: K;
  readonly #moduleFd: number | undefined;

  /**
   * @param name Of the function; of `lsm` the hook's, such as `file_open`.
   * @param options `result`: what the program returns; of `lsm` and `fmod_ret` 0 changes nothing. `moduleFd`: of the
   * module's types that `types` is about.
   * @throws TetradError `unsupported` when this kernel does not have the function.
   */
  constructor(
    types: TypeSource & FunctionSource,
    kind: K,
    name: string,
    { result = 0, moduleFd }: { readonly result?: number; readonly moduleFd?: number } = {},
  ) {
    super(types, result);
    const found = types.function(kind.startsWith("lsm") ? `bpf_lsm_${name}` : name);
    if (found === undefined) {
      throw new TetradError("unsupported", `Cannot find ${kind} function "${name}" in this kernel`);
    }
    this.function = found;
    this.#kind = kind;
    this.#moduleFd = moduleFd;
  }

  /** Where argument `index` lies. @throws RangeError when the function has fewer. */
  argumentPlace(index: number): RegisterPlace {
    const { length } = this.function.parameters;
    if (index >= length) throw new RangeError(`Cannot load argument ${index}: the function has ${length}`);
    return this.#place(index);
  }

  /** Argument `index`, a number to verifiers, into `register`. */
  override loadArgument(register: RegisterOperand, index: number): void {
    super.loadArgument(register, index);
    this.makeNumber(register);
  }

  /** What has its bytes swapped is a pointer no longer. */
  makeNumber(register: RegisterOperand): void {
    this.asm.note("a number").toBigEndian(8, register).toBigEndian(8, register);
  }

  /** Where what the function returns lies, in `fexit` and `fmod_ret` programs: it follows the arguments. */
  resultPlace(): RegisterPlace {
    return this.#place(this.function.parameters.length);
  }

  /** What the function returns, into `register`, in those programs. */
  loadResult(register: RegisterOperand): void {
    this.loadArgument(register, this.function.parameters.length);
  }

  /** @throws RangeError since such programs are given arguments alone. */
  registerPlace(name: string): never {
    throw new RangeError(`Cannot load register "${name}": a ${this.#kind} program is given arguments alone`);
  }

  /**
   * The name of the call, into `register`: where its arguments lie, which the kernel puts on the stack once for the programs at both
   * ends. The verifier gives no address as a number, but a difference of two.
   */
  loadFrame(register: RegisterOperand, { anchor }: FrameOptions): void {
    this.asm
      .note("frame")
      .loadMapValue("r2", anchor, 0)
      .set(register, this.context)
      .alu(register, "-=", "r2");
  }

  #place(index: number): RegisterPlace {
    return { base: this.context, offset: index * ARGUMENT_SIZE, size: ARGUMENT_SIZE };
  }

  /** The finished program. @param name As `bpftool` is to show it: 15 characters at most. */
  build(name: string): ProgramSpec<K> {
    const target = {
      name: this.function.name,
      id: this.function.id,
      ...(this.#moduleFd === undefined ? {} : { moduleFd: this.#moduleFd }),
    };
    return { kind: this.#kind, name, target, assembly: this.finish() } as ProgramSpec<K>;
  }
}
