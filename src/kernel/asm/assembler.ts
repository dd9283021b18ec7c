/**
 * @module The assembler: typed instructions, labels, helper calls and maps by name, stack slots with names, registers
 * that are held, subprograms.
 */
import { type Assembly, type AssemblyFunction, encodeInstructions, type Reference } from "./assembly.ts";
import { HELPERS, type Helper } from "./helper.ts";
import {
  type AccessSize,
  ALU_OPERATIONS,
  type AluOperation,
  ATOMIC_ADD,
  ATOMIC_EXCHANGE,
  CALL,
  CLASS,
  END,
  EXIT,
  type Instruction,
  JUMP_ALWAYS,
  JUMP_CONDITIONS,
  type JumpCondition,
  MODE,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_VALUE,
  type Register,
  SIZE_BITS,
  SOURCE_REGISTER,
  TO_BIG_ENDIAN,
} from "./instruction.ts";
import { type HeldRegister, type RegisterOperand, RegisterPool } from "./register.ts";
import { type SlotName, StackFrame, type StackSlot } from "./stack.ts";

/** What the program itself is called among its functions. */
const MAIN = "main";

/** Collects instructions. Every method that adds one returns the assembler, so that lines can be joined. */
export class Assembler {
  readonly #instructions: Instruction[] = [];
  readonly #references: Reference[] = [];
  readonly #labels = new Map<string, number>();
  readonly #notes = new Map<number, string>();
  readonly #mapReferences: { instruction: number; map: string }[] = [];
  readonly #subprograms = new Map<string, () => void>();
  #frame = new StackFrame();
  #registers = new RegisterPool();
  #labelCount = 0;

  /** Says what the next instruction is for. */
  note(text: string): this {
    this.#notes.set(this.#instructions.length, text);
    return this;
  }

  /** Lets `name` stand for the next instruction. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new SyntaxError(`Cannot place label "${name}": it is placed already`);
    this.#labels.set(name, this.#instructions.length);
    return this;
  }

  /** Whether the next instruction would be reached: from the one before it, or by a jump so far to there or to that label. */
  isReached(label?: string): boolean {
    const last = this.#instructions.at(-1)?.opcode;
    const isEnd = last === (CLASS.JMP | EXIT) || last === (CLASS.JMP | JUMP_ALWAYS);
    const here = this.#instructions.length;
    return (
      !isEnd ||
      this.#references.some(
        (reference) => reference.label === label || this.#labels.get(reference.label) === here,
      )
    );
  }

  /** A label name that nothing else has, made from `stem`. */
  freshLabel(stem: string): string {
    this.#labelCount++;
    return `${stem}_${this.#labelCount}`;
  }

  /**
   * Offset, from `r10`, of the stack slot of that name: 8-byte aligned, the same one each time it is asked for.
   * @throws RangeError when the 512 bytes of stack are used up.
   */
  slot(name: SlotName, size = 8): number {
    return this.#frame.named(name, size);
  }

  /** Adds instructions to which a later one of them jumps back. */
  loop(add: () => void): this {
    this.#frame.loop(add);
    return this;
  }

  /** A stack slot until it is disposed of: its place is another one's then. @throws RangeError when the stack is used up. */
  scopedSlot(name: string, size = 8): StackSlot {
    return this.#frame.scoped(name, size);
  }

  /**
   * A register that keeps its value across calls, until it is disposed of. Meanwhile an instruction that has it by its
   * own name throws, and after that one that has it by what is returned here.
   * @throws RangeError when all are held.
   */
  hold(name: string, preferred?: Register): HeldRegister {
    return this.#registers.hold(name, preferred);
  }

  /** `register operation value`, on all 64 bits; a number is sign-extended from 32 bits. */
  alu(register: RegisterOperand, operation: AluOperation, value: RegisterOperand | number): this {
    return this.#operate(CLASS.ALU64 | ALU_OPERATIONS[operation], register, value);
  }

  /** `register operation value`, on the low 32 bits; the others become 0. */
  alu32(register: RegisterOperand, operation: AluOperation, value: RegisterOperand | number): this {
    return this.#operate(CLASS.ALU | ALU_OPERATIONS[operation], register, value);
  }

  /** `register` = its low `size` bytes, as numbers have them in network byte order. */
  toBigEndian(size: 2 | 4 | 8, register: RegisterOperand): this {
    return this.#push(CLASS.ALU | END | TO_BIG_ENDIAN, register, undefined, 0, size * 8);
  }

  /** `register = value` */
  set(register: RegisterOperand, value: RegisterOperand | number): this {
    return this.alu(register, "=", value);
  }

  /** `register = value`, all 64 bits of it. */
  setWide(register: RegisterOperand, value: bigint): this {
    const low = Number(BigInt.asIntN(32, value));
    return this.#wide(register, 0, low, Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** `register = &map`; the loader puts the map's descriptor in. */
  loadMap(register: RegisterOperand, map: string): this {
    this.#mapReferences.push({ instruction: this.#instructions.length, map });
    return this.#wide(register, PSEUDO_MAP_FD, 0, 0);
  }

  /** `register = &value + offset` of an array with one element, without a look-up (5.2). */
  loadMapValue(register: RegisterOperand, map: string, offset: number): this {
    this.#mapReferences.push({ instruction: this.#instructions.length, map });
    return this.#wide(register, PSEUDO_MAP_VALUE, 0, offset);
  }

  /** `register = &subprogram`, for helpers that call it (5.13). */
  loadSubprogram(register: RegisterOperand, subprogram: string): this {
    return this.#refer(subprogram, "immediate").#wide(register, PSEUDO_FUNC, 0, 0);
  }

  /** `register = *(base + offset)`, zero-extended. */
  load(size: AccessSize, register: RegisterOperand, base: RegisterOperand, offset: number): this {
    return this.#push(CLASS.LDX | MODE.MEM | SIZE_BITS[size], register, base, offset, 0);
  }

  /** `*(base + offset) = value`, its low `size` bytes. */
  store(size: AccessSize, base: RegisterOperand, offset: number, value: RegisterOperand | number): this {
    return typeof value === "number"
      ? this.#push(CLASS.ST | MODE.MEM | SIZE_BITS[size], base, undefined, offset, value)
      : this.#push(CLASS.STX | MODE.MEM | SIZE_BITS[size], base, value, offset, 0);
  }

  /** `*(base + offset) += source`, in one step, whatever else adds to it meanwhile. */
  atomicAdd(size: 4 | 8, base: RegisterOperand, offset: number, source: RegisterOperand): this {
    return this.#push(CLASS.STX | MODE.ATOMIC | SIZE_BITS[size], base, source, offset, ATOMIC_ADD);
  }

  /** `*(base + offset) = register`, and `register` = what was there, in one step (5.12). */
  atomicExchange(size: 4 | 8, base: RegisterOperand, offset: number, register: RegisterOperand): this {
    return this.#push(CLASS.STX | MODE.ATOMIC | SIZE_BITS[size], base, register, offset, ATOMIC_EXCHANGE);
  }

  /** `goto label` */
  jump(label: string): this {
    return this.#refer(label, "offset").#push(CLASS.JMP | JUMP_ALWAYS, undefined, undefined, 0, 0);
  }

  /** `if (register condition value) goto label`, on all 64 bits. */
  jumpIf(
    register: RegisterOperand,
    condition: JumpCondition,
    value: RegisterOperand | number,
    label: string,
  ): this {
    return this.#refer(label, "offset").#operate(CLASS.JMP | JUMP_CONDITIONS[condition], register, value);
  }

  /** The same, on the low 32 bits (5.1). */
  jumpIf32(
    register: RegisterOperand,
    condition: JumpCondition,
    value: RegisterOperand | number,
    label: string,
  ): this {
    return this.#refer(label, "offset").#operate(CLASS.JMP32 | JUMP_CONDITIONS[condition], register, value);
  }

  /** Calls a helper, by name or its number in `<linux/bpf.h>`: arguments in `r1` to `r5`, which are lost, result in `r0`. */
  call(helper: Helper | number): this {
    const number = typeof helper === "number" ? helper : HELPERS[helper];
    return this.#push(CLASS.JMP | CALL, undefined, undefined, 0, number);
  }

  /** Calls a subprogram: arguments in `r1` to `r5`, which are lost, result in `r0`. */
  callSubprogram(name: string): this {
    this.#refer(name, "immediate");
    return this.#encode(CLASS.JMP | CALL, 0, PSEUDO_CALL, 0, 0);
  }

  /**
   * Adds a function of its own, with a stack and registers of its own (all functions on the way share 512 bytes). Its
   * code is asked for when the program is assembled, and must end with {@link exit}.
   */
  subprogram(name: string, emit: (assembler: this) => void): this {
    if (name === MAIN || this.#subprograms.has(name))
      throw new SyntaxError(`Cannot add subprogram "${name}": there is one of that name`);
    this.#subprograms.set(name, () => emit(this));
    return this;
  }

  /** Ends the function; `r0` is its result. */
  exit(): this {
    return this.#push(CLASS.JMP | EXIT, undefined, undefined, 0, 0);
  }

  /**
   * Adds the subprograms, resolves labels and encodes. Nothing can be added after that.
   * @throws SyntaxError when a label is missing. RangeError when a jump is too far.
   */
  assemble(): Assembly {
    const functions: AssemblyFunction[] =
      this.#subprograms.size === 0 ? [] : [{ name: MAIN, instruction: 0 }];
    const { depth } = this.#frame;
    // A subprogram may add further ones, which come after it.
    for (const [name, emit] of this.#subprograms) {
      functions.push({ name, instruction: this.#instructions.length });
      this.#frame = new StackFrame();
      this.#registers = new RegisterPool();
      this.label(name);
      emit();
      this.#frame.checkBeside(depth, name);
    }
    const code = encodeInstructions({
      instructions: this.#instructions,
      references: this.#references,
      labels: this.#labels,
      functions,
    });
    return {
      code,
      mapReferences: [...this.#mapReferences],
      notes: new Map(this.#notes),
      labels: new Map([...this.#labels].map(([name, index]) => [index, name])),
      functions,
    };
  }

  #refer(label: string, field: Reference["field"]): this {
    this.#references.push({ instruction: this.#instructions.length, label, field });
    return this;
  }

  #operate(opcode: number, register: RegisterOperand, value: RegisterOperand | number): this {
    return typeof value === "number"
      ? this.#push(opcode, register, undefined, 0, value)
      : this.#push(opcode | SOURCE_REGISTER, register, value, 0, 0);
  }

  #wide(register: RegisterOperand, source: number, low: number, high: number): this {
    this.#encode(CLASS.LD | MODE.IMM | SIZE_BITS[8], this.#registers.resolve(register), source, 0, low);
    return this.#encode(0, 0, 0, 0, high);
  }

  #push(
    opcode: number,
    destination: RegisterOperand | undefined,
    source: RegisterOperand | undefined,
    offset: number,
    immediate: number,
  ): this {
    const registers = this.#registers;
    return this.#encode(
      opcode,
      destination === undefined ? 0 : registers.resolve(destination),
      source === undefined ? 0 : registers.resolve(source),
      offset,
      immediate,
    );
  }

  #encode(opcode: number, destination: number, source: number, offset: number, immediate: number): this {
    if (immediate !== (immediate | 0))
      throw new RangeError(`Cannot encode ${immediate}: it must fit into 32 signed bits`);
    if (offset !== (offset << 16) >> 16)
      throw new RangeError(`Cannot encode offset ${offset}: it must fit into 16 signed bits`);
    this.#instructions.push({ opcode, destination, source, offset, immediate });
    return this;
  }
}
