/** @module Code that writes what all kinds of values have in common: tags, lengths, numbers. */
import {
  add,
  and,
  type Code,
  copyBytes,
  differ,
  equal,
  giveBack,
  i32,
  i64,
  increase,
  isAbove,
  isAbove64,
  isAtMost,
  jump,
  load8,
  load32,
  loop,
  or,
  set,
  shiftRight,
  shiftRight64,
  store8,
  store32,
  sub,
  type Variable,
  when,
  wrap,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { VALUE } from "../layout.ts";

/** What writes. */
export interface Output {
  /** Address behind what has been written. */
  readonly out: Variable;
  /** `(at, number)`: writes a number; gives back the address behind it. */
  readonly varint: Callee;
  /**
   * `(at, reserved, end)`: writes the length of what stands from `at + reserved` to `end` at `at`, and moves that where the
   * length takes another number of bytes; gives back the address behind it.
   */
  readonly finish: Callee;
}

/** Writes a value's tag. Behind a shorter one are bytes that what follows covers. */
export const writeTag = (out: Variable, value: Variable): Code => [
  store32(out, load32(value, VALUE.tag)),
  increase(out, load8(value, VALUE.tagBytes)),
];

/** Writes a number of 64 bits, which is 0 after that. */
export const writeNumber = (out: Variable, number: Variable): Code => [
  loop((again) =>
    when(isAbove64(number, i64(0x7fn)), [
      store8(out, or(wrap(number), i32(0x80))),
      set(number, shiftRight64(number, i64(7n))),
      increase(out, i32(1)),
      jump(again),
    ]),
  ),
  store8(out, wrap(number)),
  increase(out, i32(1)),
];

export function defineOutput(program: ModuleBuilder): Output {
  const varint = program.define(2, (_, at, number) => [
    loop((again) =>
      when(isAbove(number, i32(0x7f)), [
        store8(at, or(number, i32(0x80))),
        set(number, shiftRight(number, i32(7))),
        increase(at, i32(1)),
        jump(again),
      ]),
    ),
    store8(at, number),
    giveBack(add(at, i32(1))),
  ]);
  const finish = program.define(3, (locals, at, reserved, end) => {
    const length = locals.add();
    const rest = locals.add();
    const size = locals.add();
    return [
      set(length, sub(sub(end, at), reserved)),
      // Most are short.
      // Most are short.
      when(and(equal(reserved, i32(1)), isAtMost(length, i32(0x7f))), [store8(at, length), giveBack(end)]),
      set(size, i32(1)),
      set(rest, length),
      loop((again) =>
        when(isAbove(rest, i32(0x7f)), [
          set(rest, shiftRight(rest, i32(7))),
          increase(size, i32(1)),
          jump(again),
        ]),
      ),
      when(differ(size, reserved), copyBytes(add(at, size), add(at, reserved), length)),
      giveBack(add(varint(at, length), length)),
    ];
  });
  return { out: program.global(), varint, finish };
}
