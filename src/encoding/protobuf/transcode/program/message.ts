/** @module Code that writes messages, lists and maps by what descriptors say of them. */
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, OPEN_BRACE, OPEN_BRACKET } from "../../../../event/scan/line.ts";
import { unsure } from "../../../../event/scan/program/text.ts";
import {
  expect,
  isByte,
  pass,
  separated,
  toToken,
  type ValueScanners,
} from "../../../../event/scan/program/value.ts";
import {
  add,
  and64,
  type Code,
  choose,
  equal,
  giveBack,
  i32,
  increase,
  isZero,
  isZero64,
  load32,
  load64,
  or64,
  set,
  store32,
  sub,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { ENTRY, GROUP, KIND, MAP_KEY, VALUE } from "../layout.ts";
import { defineFind } from "./name.ts";
import { type Output, writeTag } from "./output.ts";
import { defineBool, defineEnum } from "./small.ts";
import type { TextWriters } from "./text.ts";

const LOWER_N = 0x6e;

/** What messages are made of. */
export interface Parts extends TextWriters {
  readonly scanners: ValueScanners;
  readonly output: Output;
  /** `(at, value)` */
  readonly integer: Callee;
  /** `(at, value)` */
  readonly time: Callee;
  /** `(at)`: a field that its message has not: counts and passes it and its value. */
  readonly unknown: Callee;
  /** Counts fields that are types of events. */
  readonly types: Variable;
}

/** `(at, group)`: the fields of an object that is a message. Each stands once. */
function defineFields(program: ModuleBuilder, find: Callee, value: Callee, parts: Parts): Callee {
  const { scanners, types } = parts;
  return program.define(2, (locals, at, group) => {
    const field = locals.add();
    const seen = locals.add("i64");
    const bit = load64(field, ENTRY.bit);
    const known = [
      when(isZero(isZero64(and64(seen, bit))), unsure),
      set(seen, or64(seen, bit)),
      increase(types, load32(field, ENTRY.isType)),
      increase(at, load32(field, ENTRY.length)),
      toToken(at, scanners.space),
      expect(at, COLON, scanners.space),
      when(
        isByte(at, LOWER_N),
        pass(at, scanners.null(at)),
        pass(at, value(at, add(field, i32(ENTRY.value)))),
      ),
    ];
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      store32(group, add(group, i32(GROUP.entries)), GROUP.next),
      separated(at, CLOSE_BRACE, scanners.space, [
        set(field, find(at, group)),
        when(field, known, pass(at, parts.unknown(at))),
      ]),
    ];
  });
}

/** `(at, value)`: a message within another. As many bytes are left for its length as the last one of its kind took. */
function defineMessage(program: ModuleBuilder, fields: Callee, { out, finish }: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const group = locals.add();
    const begin = locals.add();
    const reserved = locals.add();
    const end = locals.add();
    return [
      set(group, load32(value, VALUE.of)),
      set(reserved, load32(group, GROUP.lengthBytes)),
      writeTag(out, value),
      set(begin, out),
      increase(out, reserved),
      pass(at, fields(at, group)),
      set(end, finish(begin, reserved, out)),
      store32(group, add(reserved, sub(end, out)), GROUP.lengthBytes),
      set(out, end),
      giveBack(at),
    ];
  });
}

/** `(at, value)`: a message that holds one value, and nothing where that is the default. */
function defineWrapper(program: ModuleBuilder, value: Callee, { out, finish }: Output): Callee {
  return program.define(2, (locals, at, wrapper) => {
    const begin = locals.add();
    return [
      writeTag(out, wrapper),
      set(begin, out),
      increase(out, i32(1)),
      pass(at, value(at, load32(wrapper, VALUE.of))),
      set(out, finish(begin, i32(1), out)),
      giveBack(at),
    ];
  });
}

/** `(at, value)`: a list. */
function defineList(program: ModuleBuilder, value: Callee, { space }: ValueScanners): Callee {
  return program.define(2, (_, at, list) => [
    when(isZero(isByte(at, OPEN_BRACKET)), unsure),
    separated(at, CLOSE_BRACKET, space, pass(at, value(at, load32(list, VALUE.of)))),
  ]);
}

/** `(at, value)`: a list of numbers, of which an empty one is not written. */
function definePacked(program: ModuleBuilder, list: Callee, { out, finish }: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const before = locals.add();
    const begin = locals.add();
    return [
      set(before, out),
      writeTag(out, value),
      set(begin, out),
      increase(out, i32(1)),
      pass(at, list(at, value)),
      when(equal(out, add(begin, i32(1))), set(out, before), set(out, finish(begin, i32(1), out))),
      giveBack(at),
    ];
  });
}

/**
 * `(at, value)`: a map, of which each entry is a message. A key that stands twice is written twice: the last one counts, in a
 * message as in an object.
 */
function defineMap(program: ModuleBuilder, value: Callee, { scanners, output }: Parts): Callee {
  const { out, finish } = output;
  const { space } = scanners;
  return program.define(2, (locals, at, map) => {
    const begin = locals.add();
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      separated(at, CLOSE_BRACE, space, [
        writeTag(out, map),
        set(begin, out),
        increase(out, i32(1)),
        pass(at, value(at, i32(MAP_KEY))),
        toToken(at, space),
        expect(at, COLON, space),
        pass(at, value(at, load32(map, VALUE.of))),
        set(out, finish(begin, i32(1), out)),
      ]),
    ];
  });
}

/** `(at, group)`: an object that is a message, without its length. */
export function defineRoot(program: ModuleBuilder, parts: Parts): Callee {
  const { scanners, output } = parts;
  const value: Callee = program.define(2, (_, at, of) => {
    const cases: Code[] = [];
    cases[KIND.ignored] = giveBack(scanners.value(at, i32(0)));
    cases[KIND.text] = giveBack(parts.text(at, of));
    cases[KIND.bytes] = giveBack(parts.base64(at, of));
    cases[KIND.bool] = giveBack(bool(at, of));
    cases[KIND.integer] = giveBack(parts.integer(at, of));
    cases[KIND.enum] = giveBack(enumName(at, of));
    cases[KIND.timestamp] = giveBack(parts.time(at, of));
    cases[KIND.message] = giveBack(message(at, of));
    cases[KIND.wrapper] = giveBack(wrapper(at, of));
    cases[KIND.list] = giveBack(list(at, of));
    cases[KIND.packed] = giveBack(packed(at, of));
    cases[KIND.map] = giveBack(map(at, of));
    cases[KIND.unsure] = unsure;
    return choose(load32(of, VALUE.kind), cases);
  });
  const find = defineFind(program);
  const bool = defineBool(program, scanners, output);
  const enumName = defineEnum(program, find, output);
  const fields = defineFields(program, find, value, parts);
  const message = defineMessage(program, fields, output);
  const wrapper = defineWrapper(program, value, output);
  const list = defineList(program, value, scanners);
  const packed = definePacked(program, list, output);
  const map = defineMap(program, value, parts);
  return fields;
}
