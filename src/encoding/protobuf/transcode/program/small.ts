/** @module Code that writes values of a few bits: truths, and names of enums' values. */
import { unsure } from "../../../../event/scan/program/text.ts";
import { isByte, pass, type ValueScanners } from "../../../../event/scan/program/value.ts";
import {
  add,
  type Code,
  giveBack,
  isZero,
  load8,
  load32,
  or,
  set,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { ENTRY, VALUE } from "../layout.ts";
import { type Output, writeTag } from "./output.ts";

const LOWER_T = 0x74;

/** Writes a number, unless it is 0, which few fields keep. */
const writeNumber = ({ out, varint }: Output, value: Variable, number: Variable): Code =>
  when(or(number, load8(value, VALUE.keepsDefault)), [writeTag(out, value), set(out, varint(out, number))]);

/** `(at, value)`: true or false. */
export function defineBool(program: ModuleBuilder, scanners: ValueScanners, output: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const isTrue = locals.add();
    return [
      set(isTrue, isByte(at, LOWER_T)),
      pass(at, scanners.bool(at)),
      writeNumber(output, value, isTrue),
      giveBack(at),
    ];
  });
}

/** `(at, value)`: the name of an enum's value. Others than the known ones, and numbers, are left to others. */
export function defineEnum(program: ModuleBuilder, find: Callee, output: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const entry = locals.add();
    const number = locals.add();
    return [
      set(entry, find(at, load32(value, VALUE.of))),
      when(isZero(entry), unsure),
      set(number, load32(entry, ENTRY.number)),
      writeNumber(output, value, number),
      giveBack(add(at, load32(entry, ENTRY.length))),
    ];
  });
}
