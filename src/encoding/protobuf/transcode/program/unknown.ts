/** @module Code that passes fields which the API lacks. */
import { COLON, QUOTE } from "../../../../event/scan/line.ts";
import { type TextScanners, unsure } from "../../../../event/scan/program/text.ts";
import { expect, isByte, pass, toToken, type ValueScanners } from "../../../../event/scan/program/value.ts";
import {
  giveBack,
  i32,
  increase,
  isAtMost,
  isBelow,
  isZero,
  jump,
  load8,
  loop,
  sub,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";

const UPPER_A = 0x41;
const LETTERS = 26;

/**
 * `(at)`: counts a field that its message has not, and passes its value. A name with an escape or a capital letter is left
 * to others: it may be another spelling of one that the message has.
 */
export function defineUnknown(
  program: ModuleBuilder,
  scanners: TextScanners & ValueScanners,
  count: Variable,
): Callee {
  return program.define(1, (locals, at) => {
    const end = locals.add();
    return [
      when(isZero(isByte(at, QUOTE)), unsure),
      increase(at, i32(1)),
      pass(end, scanners.plainName(at)),
      loop((again) =>
        when(isBelow(at, end), [
          when(isAtMost(sub(load8(at), i32(UPPER_A)), i32(LETTERS - 1)), unsure),
          increase(at, i32(1)),
          jump(again),
        ]),
      ),
      toToken(at, scanners.space),
      expect(at, COLON, scanners.space),
      increase(count, i32(1)),
      giveBack(scanners.value(at, i32(0))),
    ];
  });
}
