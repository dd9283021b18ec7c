/**
 * @module Pointers to the kernel's structs, and what they lead to.
 *
 * The verifier knows the type of a tracepoint's arguments, and of what they lead to: such a pointer is read by a load,
 * for which the kernel sees to it that a bad address gives 0. Any other is a plain number to the verifier, and read with
 * `bpf_probe_read_kernel`, which takes any address, gives zeroes for a bad one, and costs ten times as much. Either way a
 * chain through a null pointer ends in 0.
 */
import { Assembler, type RegisterOperand, type SlotName, slotText } from "../asm/index.ts";
import type { MemberPath, TypeSource } from "../btf/index.ts";
import { isLoaded, type Pointer, type Scalar, untyped } from "./pointer.ts";

/** Bytes of a stack slot that holds a number or a pointer. */
const SLOT_SIZE = 8;

/** Where a program ends. */
export const OUT = "out";

const CHASE = Symbol("chase");
const VALUE = Symbol("value");

/** Reads the structs of one kernel. */
export class PointerBuilder {
  readonly asm: Assembler = new Assembler();
  readonly types: TypeSource;

  constructor(types: TypeSource) {
    this.types = types;
  }

  /**
   * The pointer at `path`, which may lead through others; kept under `name`. Ends the program where a pointer of a known
   * type is null, so it comes before a record is reserved.
   * @throws RangeError when the member is not a pointer.
   */
  follow(from: Pointer, path: string, name: SlotName): Pointer {
    const member = this.pointerMember(from, path);
    const { hops, offset, text } = member;
    const slot = this.asm.slot(name);
    if (isLoaded(from, member)) {
      this.asm.note(`${slotText(name)} = ${text}`).load(8, "r1", "r10", from.slot);
      let base = from.offset;
      for (const hop of [...hops, offset]) {
        this.asm.load(8, "r1", "r1", base + hop).jumpIf("r1", "==", 0, OUT);
        base = 0;
      }
      this.asm.store(8, "r10", slot, "r1");
      const struct = this.types.structOf(from.struct, path);
      return { name: slotText(name), struct, slot, offset: 0, isTyped: true };
    }
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
    return { ...from, name: `${from.name}.${path}`, struct, offset: from.offset + offset };
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
   * The pointer at `path` as a plain number to the verifier, whatever `from` is; kept under `name`.
   * @throws RangeError when the member is not a pointer.
   */
  address(from: Pointer, path: string, name: SlotName): Pointer {
    const { hops } = this.pointerMember(from, path);
    if (hops.length > 0) throw new RangeError(`Cannot take the address "${path}": pointers are on the way`);
    return this.follow(untyped(from), path, name);
  }

  /**
   * Element `index` of the array of structs at `path`.
   * @param from Is no pointer of a known type: verifiers let nothing that varies be added to one.
   * @throws RangeError when pointers are on the way, or `from` has a known type.
   */
  element(from: Pointer, path: string, index: Scalar, name: string): Pointer {
    const first = this.#memberInside(from.struct, `${path}[0]`);
    if (from.isTyped)
      throw new RangeError(`Cannot reach "${first.text}" by a number: "${from.name}" has a type`);
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
    if (isLoaded(from, member)) {
      this.load("r1", from, path, slotText(name));
      this.asm.store(8, "r10", slot, "r1");
      return { slot };
    }
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

  /**
   * `register` = the number or pointer at `path`, zero-extended to 64 bits; 0 behind a null pointer.
   * @param name As in listings.
   * @throws RangeError when the member has more bytes than a number.
   */
  load(register: RegisterOperand, from: Pointer, path: string, name: string = path): void {
    const member = this.types.member(from.struct, path);
    if (!isLoaded(from, member)) {
      this.loadSlot(register, this.scalar(from, path, VALUE));
      return;
    }
    const { asm } = this;
    const end = asm.freshLabel("read");
    asm.note(`${name} = ${member.text}`).load(8, register, "r10", from.slot);
    let base = from.offset;
    for (const hop of member.hops) {
      const there = asm.freshLabel("there");
      asm.load(8, register, register, base + hop).jumpIf(register, "!=", 0, there);
      asm.set(register, 0).jump(end).label(there);
      base = 0;
    }
    asm.load(member.size as 1 | 2 | 4 | 8, register, register, base + member.offset);
    if (member.hops.length > 0) asm.label(end);
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
    if (pointer.isTyped) {
      this.load("r1", from, path, pointer.name);
      this.asm.store(8, "r10", pointer.slot, "r1");
      return;
    }
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

  /**
   * Reads the pointers at `paths`, which lie close together, by one call of the helper for all that lies between the first
   * and the last of them. They are plain numbers to the verifier.
   * @param name Of the slot that has them: the same one each time.
   * @throws RangeError when a member is not a pointer, or others are on the way.
   */
  readPointers<P extends string>(from: Pointer, paths: readonly P[], name: SlotName): Record<P, Pointer> {
    const members = paths.map((path) => [path, this.#memberInside(from.struct, path)] as const);
    const first = Math.min(...members.map(([, { offset }]) => offset));
    const size = Math.max(...members.map(([, { offset }]) => offset)) + SLOT_SIZE - first;
    const block = this.asm.slot(name, size);
    const pointers = members.map(([path, { offset, isPointer, text }]) => {
      if (!isPointer) throw new RangeError(`Cannot follow "${text}": it is no pointer`);
      const struct = this.types.structOf(from.struct, path);
      return [path, { name: text, struct, slot: block + offset - first, offset: 0 }] as const;
    });
    this.asm.note(pointers.map(([, { name }]) => name).join(", "));
    this.#probe(size, block, from, first);
    return Object.fromEntries(pointers) as Record<P, Pointer>;
  }

  /** Follows the pointers at `hops` with the helper and returns where they lead; keeps no name for it. */
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
