/**
 * @module One eBPF instruction: `struct bpf_insn`, 8 bytes. Names and numbers are those of `<linux/bpf.h>`
 * and of the instruction set standard, RFC 9669.
 */

/** Operand registers. `r10` is the read-only frame pointer. */
export const REGISTERS = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10"] as const;
export type Register = (typeof REGISTERS)[number];

/** Instruction classes, the low three bits of an opcode. */
export const CLASS = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;

/** Bits 3 and 4 of a load's or store's opcode, by number of bytes. */
export const SIZE_BITS = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;
export type AccessSize = keyof typeof SIZE_BITS;

/** Mode bits of a load or store. */
export const MODE = { IMM: 0x00, MEM: 0x60, ATOMIC: 0xc0 } as const;
export const MODE_MASK = 0xe0;

/** `BPF_ADD` in the immediate of an atomic store: it adds, and does not give the old value. */
export const ATOMIC_ADD = 0x00;

/** `BPF_XCHG`: it stores, and gives the old value. */
export const ATOMIC_EXCHANGE = 0xe1;

/** Set where an operand is a register, clear where it is the immediate. */
export const SOURCE_REGISTER = 0x08;

/** Arithmetic, by the operator that C has for it. `s>>=` keeps the sign. */
export const ALU_OPERATIONS = {
  "+=": 0x00,
  "-=": 0x10,
  "*=": 0x20,
  "/=": 0x30,
  "|=": 0x40,
  "&=": 0x50,
  "<<=": 0x60,
  ">>=": 0x70,
  "%=": 0x90,
  "^=": 0xa0,
  "=": 0xb0,
  "s>>=": 0xc0,
} as const;
export type AluOperation = keyof typeof ALU_OPERATIONS;

/** Conditions, by operator. Those with an `s` compare signed numbers; `&` asks whether a bit is set. */
export const JUMP_CONDITIONS = {
  "==": 0x10,
  ">": 0x20,
  ">=": 0x30,
  "&": 0x40,
  "!=": 0x50,
  "s>": 0x60,
  "s>=": 0x70,
  "<": 0xa0,
  "<=": 0xb0,
  "s<": 0xc0,
  "s<=": 0xd0,
} as const;
export type JumpCondition = keyof typeof JUMP_CONDITIONS;

/** Byte swaps, of the class ALU; the immediate is the width in bits. */
export const END = 0xd0;
export const TO_BIG_ENDIAN = 0x08;

export const JUMP_ALWAYS = 0x00;
export const CALL = 0x80;
export const EXIT = 0x90;

/** `BPF_PSEUDO_MAP_FD`: in a 64-bit load's source register, says that the immediate is a map's descriptor. */
export const PSEUDO_MAP_FD = 1;
/** `BPF_PSEUDO_MAP_VALUE`: there, says that besides the second immediate is an offset into the map's only value. */
export const PSEUDO_MAP_VALUE = 2;
/** `BPF_PSEUDO_FUNC`: there, says that the immediate is the distance to a function (5.13). */
export const PSEUDO_FUNC = 4;
/** `BPF_PSEUDO_CALL`: in a call's source register, says that the immediate is the distance to a function. */
export const PSEUDO_CALL = 1;

/** Bytes of an instruction. A 64-bit load takes two. */
export const INSTRUCTION_SIZE = 8;

/** An instruction's fields. */
export interface Instruction {
  readonly opcode: number;
  readonly destination: number;
  readonly source: number;
  /** Signed 16 bits. */
  readonly offset: number;
  /** 32 bits. */
  readonly immediate: number;
}

/** Writes `instruction` at `at`. */
export function encodeInstruction(view: DataView, at: number, instruction: Instruction): void {
  view.setUint8(at, instruction.opcode);
  view.setUint8(at + 1, instruction.destination | (instruction.source << 4));
  view.setInt16(at + 2, instruction.offset, true);
  view.setInt32(at + 4, instruction.immediate, true);
}

/** Reads the instruction at `at`. */
export function decodeInstruction(view: DataView, at: number): Instruction {
  const registers = view.getUint8(at + 1);
  return {
    opcode: view.getUint8(at),
    destination: registers & 0x0f,
    source: registers >> 4,
    offset: view.getInt16(at + 2, true),
    immediate: view.getInt32(at + 4, true),
  };
}
