/** @module Fills the fields of a record. */
import type { HeldRegister, Helper, RegisterOperand } from "../asm/index.ts";
import type { Fields, RecordLayout, Segments } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import type { Pointer } from "./pointer.ts";
import { RecordProgress } from "./record-progress.ts";

/** What writes fields, in any order. */
export class FieldWriter<F extends Fields, S extends Segments> {
  protected readonly builder: ProgramBuilder;
  protected readonly progress: RecordProgress<F, S>;
  /** The record's address, until it is sent. */
  protected readonly record: HeldRegister;

  protected constructor(builder: ProgramBuilder, layout: RecordLayout<F, S>) {
    this.builder = builder;
    this.progress = new RecordProgress(layout);
    this.record = builder.asm.hold("record", "r7");
  }

  /** `field` = a constant. */
  constant(field: keyof F & string, value: number): void {
    const { offset, size } = this.progress.field(field);
    this.builder.asm.note(field).store(size, this.record, offset, value);
  }

  /** `field` = what a helper without arguments returns. */
  helper(field: keyof F & string, helper: Helper): void {
    this.builder.asm.note(field).call(helper);
    this.register(field, "r0");
  }

  /** `field` = the low bytes of a register. */
  register(field: keyof F & string, register: RegisterOperand): void {
    const { offset, size } = this.progress.field(field);
    this.builder.asm.store(size, this.record, offset, register);
  }

  /** `field` = the member at `path`. A member that is narrower than its field is zero-extended. */
  read(field: keyof F & string, from: Pointer, path: string): void {
    const { asm, types } = this.builder;
    const member = types.member(from.struct, path);
    const place = this.progress.field(field);
    if (member.bits === undefined && member.size > place.size) {
      throw new RangeError(`Cannot put ${member.text} into "${field}": ${member.size} > ${place.size} bytes`);
    }
    if (from.isTyped || member.bits !== undefined) {
      this.builder.load("r1", from, path, field);
      this.register(field, "r1");
      return;
    }
    asm.note(`${field} = ${member.text}`);
    const base = this.builder.chase(from, member.hops);
    if (member.size < place.size) asm.store(place.size, this.record, place.offset, 0);
    this.builder.setSource(base, member.offset);
    asm.set("r1", this.record).alu("r1", "+=", place.offset).set("r2", member.size).call("probe_read_kernel");
  }
}
