/**
 * @module How programs get at bytes. They either begin at a place that is known, and their number varies; or they end at one,
 * as paths do, which are built from their end, and where they begin varies. What varies is in `r1`, and `r2` is an address
 * that does not.
 */
import type { AccessSize, Assembler, Register } from "../../kernel/asm/index.ts";
import { type BytesLocation, loadPlace } from "./location.ts";

/** Bytes of a location, in a program. */
export class Bytes {
  readonly #asm: Assembler;
  readonly #location: BytesLocation;

  constructor(asm: Assembler, location: BytesLocation) {
    this.#asm = asm;
    this.#location = location;
  }

  /** Whether what varies is where they begin. */
  get isFromEnd(): boolean {
    return this.#location.start !== undefined;
  }

  get capacity(): number {
    return this.#location.capacity;
  }

  /** Offset from `r2` of the first byte that there may be. */
  get offset(): number {
    return this.#location.offset;
  }

  /**
   * `r1` = what varies, `r2` = the address.
   * @param invalid Where a program goes on whose bytes are not where they may be: none does.
   */
  open(invalid: string): void {
    const { address, start, length, capacity } = this.#location;
    loadPlace(this.#asm, "r2", address);
    loadPlace(this.#asm, "r1", start ?? length);
    this.#asm.jumpIf("r1", ">", capacity, invalid);
  }

  /** What `r1` is when there are so many. */
  valueFor(length: number): number {
    return this.isFromEnd ? this.capacity - length : length;
  }

  /** Goes to a label when there are fewer. */
  jumpIfFewer(least: number, label: string): void {
    this.#asm.jumpIf("r1", this.isFromEnd ? ">" : "<", this.valueFor(least), label);
  }

  /** `r4` = where the first byte is, but for the offset; to be asked for again when it is known that there are more. */
  pointToFront(): void {
    if (this.isFromEnd) this.#asm.set("r4", "r2").alu("r4", "+=", "r1");
  }

  /** `r4` = where the last byte ends, but for the offset. */
  pointToBack(): void {
    if (!this.isFromEnd) this.#asm.set("r4", "r2").alu("r4", "+=", "r1");
  }

  /** `register` = some bytes, `at` bytes behind the first one, to which {@link pointToFront} has pointed. */
  loadFromFront(register: Register, size: AccessSize, at: number): void {
    this.#asm.load(size, register, this.isFromEnd ? "r4" : "r2", this.offset + at);
  }

  /** `register` = some bytes, which end `at` bytes before the last one does, to which {@link pointToBack} has pointed. */
  loadFromBack(register: Register, size: AccessSize, at: number): void {
    const end = this.isFromEnd ? this.capacity : 0;
    this.#asm.load(size, register, this.isFromEnd ? "r2" : "r4", this.offset + end - at - size);
  }

  /** `r1` = how many there are, `r2` = where the first one is, but for the offset. Nothing else works after that. */
  resolve(): void {
    if (!this.isFromEnd) return;
    this.#asm.alu("r2", "+=", "r1").set("r3", this.capacity).alu("r3", "-=", "r1").set("r1", "r3");
  }
}

/** A number as a load has it, which takes the lowest byte first. */
export function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}
