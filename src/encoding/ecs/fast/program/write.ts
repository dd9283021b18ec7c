/** @module Code that writes bytes. */
import { VECTOR_BYTES } from "../../../../event/scan/program/text.ts";
import {
  add,
  giveBack,
  i32,
  increase,
  isBelow,
  jump,
  load128,
  loop,
  set,
  store128,
  sub,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";

/** `(from, end)`: writes the bytes; up to 15 more are written behind them, which what follows covers. Gives back where they end. */
export function definePut(program: ModuleBuilder, out: Variable): Callee {
  return program.define(2, (locals, from, end) => {
    const to = locals.add();
    const behind = locals.add();
    return [
      set(to, out),
      set(behind, add(out, sub(end, from))),
      loop((again) => [
        store128(to, load128(from)),
        increase(from, i32(VECTOR_BYTES)),
        increase(to, i32(VECTOR_BYTES)),
        when(isBelow(from, end), jump(again)),
      ]),
      giveBack(behind),
    ];
  });
}
