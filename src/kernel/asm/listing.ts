/** @module A program as text, in the notation of the kernel's verifier log. */
import type { Assembly } from "./assembly.ts";
import { helperName } from "./helper.ts";
import {
  ALU_OPERATIONS,
  ATOMIC_ADD,
  ATOMIC_EXCHANGE,
  CALL,
  CLASS,
  decodeInstruction,
  END,
  EXIT,
  INSTRUCTION_SIZE,
  type Instruction,
  JUMP_ALWAYS,
  JUMP_CONDITIONS,
  MODE,
  MODE_MASK,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_VALUE,
  SIZE_BITS,
  SOURCE_REGISTER,
  TO_BIG_ENDIAN,
} from "./instruction.ts";

const OPERATORS = new Map(
  Object.entries(ALU_OPERATIONS).map(([operator, bits]) => [bits as number, operator]),
);
const CONDITIONS = new Map(
  Object.entries(JUMP_CONDITIONS).map(([operator, bits]) => [bits as number, operator]),
);
const WIDTHS = new Map(Object.entries(SIZE_BITS).map(([bytes, bits]) => [bits as number, Number(bytes) * 8]));

function signed(value: number): string {
  return value < 0 ? `-${-value}` : `+${value}`;
}

function memory(opcode: number, register: number, offset: number): string {
  return `*(u${WIDTHS.get(opcode & 0x18)} *)(r${register} ${signed(offset)})`;
}

/** Registers are called `w` where their low 32 bits are meant. */
function operand(instruction: Instruction, register = "r"): string {
  return instruction.opcode & SOURCE_REGISTER
    ? `${register}${instruction.source}`
    : String(instruction.immediate);
}

function operationText(instruction: Instruction, register: "r" | "w"): string {
  const operator = OPERATORS.get(instruction.opcode & 0xf0);
  return `${register}${instruction.destination} ${operator} ${operand(instruction, register)}`;
}

function jumpText(instruction: Instruction, register: "r" | "w"): string {
  const condition = CONDITIONS.get(instruction.opcode & 0xf0);
  const compared = `${register}${instruction.destination} ${condition} ${operand(instruction, register)}`;
  return `if ${compared} goto pc${signed(instruction.offset)}`;
}

function callText({ source, immediate }: Instruction): string {
  return source === PSEUDO_CALL ? `call pc${signed(immediate)}` : `call ${helperName(immediate)}`;
}

/** Notation of one instruction. Of a 64-bit load, `next` is its second half. */
function notation(instruction: Instruction, next: Instruction | undefined): string {
  const { opcode, destination, source, offset } = instruction;
  const operation = opcode & 0xf0;
  switch (opcode & 0x07) {
    case CLASS.LD: {
      if (source === PSEUDO_MAP_FD) return `r${destination} = map`;
      if (source === PSEUDO_MAP_VALUE)
        return `r${destination} = map value ${signed(next?.immediate ?? 0)} of map`;
      if (source === PSEUDO_FUNC) return `r${destination} = func pc${signed(instruction.immediate)}`;
      const value = (BigInt(next?.immediate ?? 0) << 32n) | BigInt(instruction.immediate >>> 0);
      return `r${destination} = 0x${BigInt.asUintN(64, value).toString(16)} ll`;
    }
    case CLASS.LDX:
      return `r${destination} = ${memory(opcode, source, offset)}`;
    case CLASS.ST:
      return `${memory(opcode, destination, offset)} = ${instruction.immediate}`;
    case CLASS.STX: {
      const target = memory(opcode, destination, offset);
      if ((opcode & MODE_MASK) === MODE.MEM) return `${target} = r${source}`;
      if ((opcode & MODE_MASK) !== MODE.ATOMIC) return `opcode 0x${opcode.toString(16)}`;
      if (instruction.immediate === ATOMIC_ADD) return `lock ${target} += r${source}`;
      if (instruction.immediate === ATOMIC_EXCHANGE) return `r${source} = exchange(${target}, r${source})`;
      return `opcode 0x${opcode.toString(16)}`;
    }
    case CLASS.ALU:
      if (opcode === (CLASS.ALU | END | TO_BIG_ENDIAN))
        return `r${destination} = be${instruction.immediate} r${destination}`;
      return OPERATORS.has(operation) ? operationText(instruction, "w") : `opcode 0x${opcode.toString(16)}`;
    case CLASS.ALU64:
      return operationText(instruction, "r");
    case CLASS.JMP:
      if (operation === EXIT) return "exit";
      if (operation === CALL) return callText(instruction);
      if (operation === JUMP_ALWAYS) return `goto pc${signed(offset)}`;
      return jumpText(instruction, "r");
    case CLASS.JMP32:
      return CONDITIONS.has(operation) ? jumpText(instruction, "w") : `opcode 0x${opcode.toString(16)}`;
    default:
      return `opcode 0x${opcode.toString(16)}`;
  }
}

/** Notation of the instruction at `index`, with the name of the map it loads and the note it carries. */
export function describeInstruction(assembly: Assembly, index: number): string {
  const { code } = assembly;
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const at = index * INSTRUCTION_SIZE;
  const instruction = decodeInstruction(view, at);
  const next =
    at + INSTRUCTION_SIZE < code.length ? decodeInstruction(view, at + INSTRUCTION_SIZE) : undefined;
  const map = assembly.mapReferences.find((reference) => reference.instruction === index)?.map;
  const text = notation(instruction, next);
  return map === undefined ? text : `${text}[${map}]`;
}

/** The note that covers the instruction at `index`: its own, or the last one before it. */
export function noteAt(assembly: Assembly, index: number): string | undefined {
  for (let at = index; at >= 0; at--) {
    const note = assembly.notes.get(at);
    if (note !== undefined) return note;
  }
  return undefined;
}

/** The whole program: labels, notes, and for each instruction its index, bytes in hexadecimal and notation. */
export function listing(assembly: Assembly): string {
  const lines: string[] = [];
  const count = assembly.code.length / INSTRUCTION_SIZE;
  for (let index = 0; index < count; index++) {
    const label = assembly.labels.get(index);
    if (label !== undefined) lines.push(`${label}:`);
    const note = assembly.notes.get(index);
    if (note !== undefined) lines.push(`  ; ${note}`);
    const isWide = assembly.code[index * INSTRUCTION_SIZE] === (CLASS.LD | SIZE_BITS[8]);
    const bytes = assembly.code.subarray(
      index * INSTRUCTION_SIZE,
      (index + (isWide ? 2 : 1)) * INSTRUCTION_SIZE,
    );
    lines.push(`  ${index}: ${bytes.toHex()}  ${describeInstruction(assembly, index)}`);
    if (isWide) index++;
  }
  return `${lines.join("\n")}\n`;
}
