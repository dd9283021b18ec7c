/** @module Code that finds what names stand for. */
import { VECTOR_BYTES } from "../../../../event/scan/program/text.ts";
import {
  add,
  and128,
  type Code,
  equal,
  giveBack,
  hasBits,
  i32,
  increase,
  isAtMost,
  isZero,
  jump,
  load32,
  load128,
  loop,
  set,
  store32,
  sub,
  when,
  xor128,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { ENTRY, GROUP } from "../layout.ts";

/**
 * `(at, group)`: the address of the entry whose name is at an address, with its quotes; 0 where none has it. The search
 * begins at the entry that may come next, and goes round once.
 */
export function defineFind(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, group) => {
    const name = locals.add("v128");
    const entry = locals.add();
    const left = locals.add();
    const length = load32(entry, ENTRY.length);
    const end = load32(group, GROUP.end);
    const first = add(group, i32(GROUP.entries));
    const toNext = [increase(entry, i32(ENTRY.bytes)), when(equal(entry, end), set(entry, first))];
    const found = [set(left, entry), toNext, store32(group, entry, GROUP.next), giveBack(left)];
    const isSame = (a: Code, b: Code) => isZero(hasBits(xor128(a, b)));
    const tail = (address: Code) => load128(sub(add(address, length), i32(VECTOR_BYTES)));
    return [
      set(name, load128(at)),
      set(entry, load32(group, GROUP.next)),
      set(left, sub(end, first)),
      loop((again) => [
        when(isSame(and128(name, load128(entry, ENTRY.mask)), load128(entry, ENTRY.name)), [
          // What a longer name has besides its first bytes: its last ones, and those between.
          when(isAtMost(length, i32(VECTOR_BYTES)), found),
          when(isSame(tail(at), tail(add(entry, i32(ENTRY.name)))), [
            when(isAtMost(length, i32(2 * VECTOR_BYTES)), found),
            when(isSame(load128(at, VECTOR_BYTES), load128(entry, ENTRY.name + VECTOR_BYTES)), found),
          ]),
        ]),
        toNext,
        set(left, sub(left, i32(ENTRY.bytes))),
        when(left, jump(again)),
      ]),
      giveBack(i32(0)),
    ];
  });
}
