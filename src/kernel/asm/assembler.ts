/**
 * @module The assembler: typed instructions, labels, helper calls and maps by name, stack slots with names.
 *
 * ```ts
 * const a = new Assembler();
 * const key = a.slot("key", 4);
 * a.store(4, "r10", key, 0);
 * a.loadMap("r1", "drops");
 * a.set("r2", "r10").alu("r2", "+=", key);
 * a.call("map_lookup_elem");
 * a.jumpIf("r0", "==", 0, "out");
 * a.label("out").set("r0", 0).exit();
 * ```
 */
import { HELPERS, type Helper } from "./helper.ts";
import {
  type AccessSize,
  ALU_OPERATIONS,
  type AluOperation,
  ATOMIC_ADD,
  CALL,
  CLASS,
  END,
  EXIT,
  encodeInstruction,
  INSTRUCTION_SIZE,
  type Instruction,
  JUMP_ALWAYS,
  JUMP_CONDITIONS,
  type JumpCondition,
  MODE,
  PSEUDO_MAP_FD,
  REGISTERS,
  type Register,
  SIZE_BITS,
  SOURCE_REGISTER,
  TO_BIG_ENDIAN,
} from "./instruction.ts";

/** `MAX_BPF_STACK` */
const STACK_SIZE = 512;

/** A program before its maps exist. */
export interface Assembly {
  /** `struct bpf_insn[]`; where it refers to a map, the descriptor is still 0. */
  readonly code: Uint8Array;
  /** Index of each instruction that takes a map's descriptor, and the map's name. */
  readonly mapReferences: readonly { readonly instruction: number; readonly map: string }[];
  /** By instruction: what it is for, as far as the program said so. */
  readonly notes: ReadonlyMap<number, string>;
  /** Labels by the instruction they stand at. */
  readonly labels: ReadonlyMap<number, string>;
}

/**
 * A stack slot's name: a string, or a symbol, which is nobody else's: for code that is used inside programs whose slots
 * it does not know.
 */
export type SlotName = string | symbol;

/** Collects instructions. Every method returns the assembler, so that lines can be joined. */
export class Assembler {
  readonly #instructions: Instruction[] = [];
  readonly #jumps: { instruction: number; label: string }[] = [];
  readonly #labels = new Map<string, number>();
  readonly #notes = new Map<number, string>();
  readonly #mapReferences: { instruction: number; map: string }[] = [];
  readonly #slots = new Map<SlotName, { offset: number; size: number }>();
  #stackUsed = 0;
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
    const known = this.#slots.get(name);
    if (known !== undefined) {
      if (known.size !== size) throw new RangeError(`Cannot use slot "${slotText(name)}" with two sizes`);
      return known.offset;
    }
    this.#stackUsed += Math.ceil(size / 8) * 8;
    if (this.#stackUsed > STACK_SIZE)
      throw new RangeError(`Cannot place slot "${slotText(name)}": the stack is full`);
    const offset = -this.#stackUsed;
    this.#slots.set(name, { offset, size });
    return offset;
  }

  /** `register operation value`, on all 64 bits; a number is sign-extended from 32 bits. */
  alu(register: Register, operation: AluOperation, value: Register | number): this {
    return this.#operate(CLASS.ALU64 | ALU_OPERATIONS[operation], register, 0, value);
  }

  /** `register` = its low `size` bytes, as numbers have them in network byte order. */
  toBigEndian(size: 2 | 4 | 8, register: Register): this {
    return this.#push(CLASS.ALU | END | TO_BIG_ENDIAN, register, undefined, 0, size * 8);
  }

  /** `register = value` */
  set(register: Register, value: Register | number): this {
    return this.alu(register, "=", value);
  }

  /** `register = value`, all 64 bits of it. */
  setWide(register: Register, value: bigint): this {
    const low = Number(BigInt.asIntN(32, value));
    return this.#wide(register, 0, low, Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** `register = &map`; the loader puts the map's descriptor in. */
  loadMap(register: Register, map: string): this {
    this.#mapReferences.push({ instruction: this.#instructions.length, map });
    return this.#wide(register, PSEUDO_MAP_FD, 0, 0);
  }

  /** `register = *(base + offset)`, zero-extended. */
  load(size: AccessSize, register: Register, base: Register, offset: number): this {
    return this.#push(CLASS.LDX | MODE.MEM | SIZE_BITS[size], register, base, offset, 0);
  }

  /** `*(base + offset) = value`, its low `size` bytes. */
  store(size: AccessSize, base: Register, offset: number, value: Register | number): this {
    return typeof value === "number"
      ? this.#push(CLASS.ST | MODE.MEM | SIZE_BITS[size], base, undefined, offset, value)
      : this.#push(CLASS.STX | MODE.MEM | SIZE_BITS[size], base, value, offset, 0);
  }

  /** `*(base + offset) += source`, in one step, whatever else adds to it meanwhile. */
  atomicAdd(size: 4 | 8, base: Register, offset: number, source: Register): this {
    return this.#push(CLASS.STX | MODE.ATOMIC | SIZE_BITS[size], base, source, offset, ATOMIC_ADD);
  }

  /** `goto label` */
  jump(label: string): this {
    return this.#jump(label).#push(CLASS.JMP | JUMP_ALWAYS, undefined, undefined, 0, 0);
  }

  /** `if (register condition value) goto label`, on all 64 bits. */
  jumpIf(register: Register, condition: JumpCondition, value: Register | number, label: string): this {
    return this.#jump(label).#operate(CLASS.JMP | JUMP_CONDITIONS[condition], register, 0, value);
  }

  /**
   * Calls a helper, by name or by its number in `<linux/bpf.h>`: arguments in `r1` to `r5`, which are lost, result
   * in `r0`.
   */
  call(helper: Helper | number): this {
    const number = typeof helper === "number" ? helper : HELPERS[helper];
    return this.#push(CLASS.JMP | CALL, undefined, undefined, 0, number);
  }

  /** Ends the program; `r0` is its result. */
  exit(): this {
    return this.#push(CLASS.JMP | EXIT, undefined, undefined, 0, 0);
  }

  /**
   * Resolves labels and encodes.
   * @throws SyntaxError when a label is missing. RangeError when a jump is too far.
   */
  assemble(): Assembly {
    const code = new Uint8Array(this.#instructions.length * INSTRUCTION_SIZE);
    const view = new DataView(code.buffer);
    const distances = new Map(
      this.#jumps.map(({ instruction, label }) => [instruction, this.#distance(instruction, label)]),
    );
    for (const [index, instruction] of this.#instructions.entries()) {
      const offset = distances.get(index) ?? instruction.offset;
      encodeInstruction(view, index * INSTRUCTION_SIZE, { ...instruction, offset });
    }
    return {
      code,
      mapReferences: [...this.#mapReferences],
      notes: new Map(this.#notes),
      labels: new Map([...this.#labels].map(([name, index]) => [index, name])),
    };
  }

  #distance(instruction: number, label: string): number {
    const target = this.#labels.get(label);
    if (target === undefined) throw new SyntaxError(`Cannot jump to label "${label}": it is not placed`);
    const distance = target - instruction - 1;
    if (distance < -0x8000 || distance > 0x7fff)
      throw new RangeError(`Cannot jump to label "${label}": ${distance} instructions are too far`);
    return distance;
  }

  #jump(label: string): this {
    this.#jumps.push({ instruction: this.#instructions.length, label });
    return this;
  }

  #operate(opcode: number, register: Register, offset: number, value: Register | number): this {
    return typeof value === "number"
      ? this.#push(opcode, register, undefined, offset, value)
      : this.#push(opcode | SOURCE_REGISTER, register, value, offset, 0);
  }

  #wide(register: Register, source: number, low: number, high: number): this {
    const opcode = CLASS.LD | MODE.IMM | SIZE_BITS[8];
    const destination = REGISTERS.indexOf(register);
    this.#instructions.push({ opcode, destination, source, offset: 0, immediate: low });
    return this.#push(0, undefined, undefined, 0, high);
  }

  #push(
    opcode: number,
    destination: Register | undefined,
    source: Register | undefined,
    offset: number,
    immediate: number,
  ): this {
    if (immediate !== (immediate | 0))
      throw new RangeError(`Cannot encode ${immediate}: it must fit into 32 signed bits`);
    if (offset !== (offset << 16) >> 16)
      throw new RangeError(`Cannot encode offset ${offset}: it must fit into 16 signed bits`);
    this.#instructions.push({
      opcode,
      destination: destination === undefined ? 0 : REGISTERS.indexOf(destination),
      source: source === undefined ? 0 : REGISTERS.indexOf(source),
      offset,
      immediate,
    });
    return this;
  }
}

/** A slot's name in words, for messages and notes. */
export function slotText(name: SlotName): string {
  return typeof name === "symbol" ? (name.description ?? "") : name;
}
