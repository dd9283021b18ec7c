/**
 * @module Pointers to the kernel's structs, and what they lead to.
 *
 * Pointers are read with `bpf_probe_read_kernel`, which takes any address and gives zeroes for one that is
 * bad. So a chain through a null pointer ends in 0 without a branch, and what was read is a plain number to the
 * verifier, whatever types the kernel has for it.
 */
import { Assembler, type RegisterOperand, type SlotName, slotText } from "../asm/index.ts";
import type { MemberPath, TypeSource } from "../btf/index.ts";

/** A pointer to a kernel struct, in a stack slot. */
export interface Pointer {
  /** As in listings. */
  readonly name: string;
  readonly struct: string;
  readonly slot: number;
  /** What to add to the slot's value: where the struct lies inside the one that the slot points to. */
  readonly offset: number;
}

/** A number in a stack slot, zero-extended to 64 bits. */
export interface Scalar {
  readonly slot: number;
}

/** Bytes of a stack slot that holds a number or a pointer. */
const SLOT_SIZE = 8;

const CHASE = Symbol("chase");

/** Reads the structs of one kernel. */
export class PointerBuilder {
  readonly asm: Assembler = new Assembler();
  readonly types: TypeSource;

  constructor(types: TypeSource) {
    this.types = types;
  }

  /**
   * The pointer at `path`, which may lead through others; kept under `name`.
   * @throws RangeError when the member is not a pointer.
   */
  follow(from: Pointer, path: string, name: SlotName): Pointer {
    const { hops, offset, text } = this.pointerMember(from, path);
    const slot = this.asm.slot(name);
    let base = from;
    this.asm.note(`${slotText(name)} = ${text}`);
    for (const hop of [...hops, offset]) {
      this.#probe(8, slot, base, hop);
      base = { ...base, slot, offset: 0 };
    }
    return {
      name: slotText(name),
      struct: this.types.structOf(from.struct, path),
      slot,
      offset: 0,
    };
  }

  /**
   * The struct that is embedded at `path`, reached without a read.
   * @throws RangeError when pointers are on the way.
   */
  embedded(from: Pointer, path: string): Pointer {
    const { offset } = this.#memberInside(from.struct, path);
    const struct = this.types.structOf(from.struct, path);
    return { name: `${from.name}.${path}`, struct, slot: from.slot, offset: from.offset + offset };
  }

  /**
   * The struct around one that `inner` points to, where it is the `member`.
   * @throws RangeError when pointers are on the way.
   */
  containerOf(inner: Pointer, struct: string, member: string): Pointer {
    const { offset } = this.#memberInside(struct, member);
    return { name: struct, struct, slot: inner.slot, offset: inner.offset - offset };
  }

  /**
   * Element `index` of the array of structs at `path`.
   * @param from Was read from memory: verifiers let nothing that varies be added to an argument of a tracepoint.
   * @throws RangeError when pointers are on the way.
   */
  element(from: Pointer, path: string, index: Scalar, name: string): Pointer {
    const first = this.#memberInside(from.struct, `${path}[0]`);
    const second = this.types.member(from.struct, `${path}[1]`);
    const slot = this.asm.slot(name);
    this.asm
      .note(`${name} = &${from.struct}.${path}[index]`)
      .load(8, "r1", "r10", index.slot)
      .alu("r1", "*=", second.offset - first.offset)
      .load(8, "r2", "r10", from.slot)
      .alu("r1", "+=", "r2")
      .alu("r1", "+=", from.offset + first.offset)
      .store(8, "r10", slot, "r1");
    return { name, struct: this.types.structOf(from.struct, `${path}[0]`), slot, offset: 0 };
  }

  /**
   * The number at `path`, kept under `name`. Of a bit field, its bits.
   * @throws RangeError when the member has more bytes than a number.
   */
  scalar(from: Pointer, path: string, name: SlotName): Scalar {
    const member = this.types.member(from.struct, path);
    if (member.size < 1 || member.size > SLOT_SIZE) {
      throw new RangeError(
        `Cannot read "${member.text}" as a number: it has ${member.size} bytes, 1 to ${SLOT_SIZE} can be read`,
      );
    }
    const slot = this.asm.slot(name);
    const base = this.#chase(from, member.hops);
    this.asm.note(`${slotText(name)} = ${member.text}`);
    if (member.size < SLOT_SIZE) this.asm.store(8, "r10", slot, 0);
    this.#probe(member.size, slot, base, member.offset);
    if (member.bits !== undefined) {
      const { shift, width } = member.bits;
      this.asm.load(8, "r1", "r10", slot);
      // Not a mask: an immediate has 31 bits for it.
      this.asm.alu("r1", "<<=", 64 - shift - width).alu("r1", ">>=", 64 - width);
      this.asm.store(8, "r10", slot, "r1");
    }
    return { slot };
  }

  /** Puts a scalar or pointer value into `register`. */
  loadSlot(register: RegisterOperand, value: Scalar | Pointer): void {
    this.asm.load(8, register, "r10", value.slot);
    if ("offset" in value && value.offset !== 0) this.asm.alu(register, "+=", value.offset);
  }

  /** Makes `pointer`'s slot hold what `value`'s slot holds. */
  assign(pointer: Pointer, value: Pointer): void {
    if (pointer.struct !== value.struct)
      throw new TypeError(`Cannot assign ${value.struct} to ${pointer.struct}`);
    this.loadSlot("r1", value);
    if (pointer.offset !== 0) this.asm.alu("r1", "-=", pointer.offset);
    this.asm.store(8, "r10", pointer.slot, "r1");
  }

  /**
   * Reads the pointer at `path` into the slot of `pointer`, which must be of that type and point to a struct's beginning.
   * @throws RangeError when the member is not a pointer, or others are on the way; TypeError when it is of another type.
   */
  advance(pointer: Pointer, from: Pointer, path: string): void {
    const { hops, offset, text } = this.pointerMember(from, path);
    if (hops.length > 0) throw new RangeError(`Cannot advance by "${text}": pointers are on the way`);
    const struct = this.types.structOf(from.struct, path);
    if (struct !== pointer.struct) throw new TypeError(`Cannot assign ${struct} to ${pointer.struct}`);
    if (pointer.offset !== 0)
      throw new RangeError(`Cannot advance "${pointer.name}": its slot holds another address`);
    this.asm.note(`${pointer.name} = ${text}`);
    this.#probe(8, pointer.slot, from, offset);
  }

  /** `r1` = where to, `r2` = how many bytes, `r3` = from where: the arguments of the probe helpers. */
  setSource(from: Pointer, offset: number): void {
    this.asm.load(8, "r3", "r10", from.slot);
    const total = from.offset + offset;
    if (total !== 0) this.asm.alu("r3", "+=", total);
  }

  /**
   * Where the pointer at `path` lies.
   * @throws RangeError when the member is not a pointer.
   */
  pointerMember(from: Pointer, path: string): MemberPath {
    const member = this.types.member(from.struct, path);
    if (!member.isPointer) throw new RangeError(`Cannot follow "${member.text}": it is no pointer`);
    return member;
  }

  /** Follows the pointers at `hops` and returns where they lead; keeps no name for it. */
  chase(from: Pointer, hops: readonly number[]): Pointer {
    return this.#chase(from, hops);
  }

  /** @throws RangeError when pointers lead to the member. */
  #memberInside(struct: string, path: string): MemberPath {
    const member = this.types.member(struct, path);
    if (member.hops.length > 0)
      throw new RangeError(`Cannot reach "${member.text}" without a read: pointers are on the way`);
    return member;
  }

  #chase(from: Pointer, hops: readonly number[]): Pointer {
    let base = from;
    for (const hop of hops) {
      const slot = this.asm.slot(CHASE);
      this.#probe(8, slot, base, hop);
      base = { ...base, slot, offset: 0 };
    }
    return base;
  }

  #probe(size: number, slot: number, from: Pointer, offset: number): void {
    this.setSource(from, offset);
    this.asm.set("r1", "r10").alu("r1", "+=", slot).set("r2", size).call("probe_read_kernel");
  }
}
