/** @module Modules of WebAssembly: functions over one memory that the module is given. */
import { assemble, type Code, call, global, local, type Variable } from "./code.ts";
import { list, name, signed, sized, unsigned } from "./encoding.ts";

const VALUE_TYPE = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
type ValueKind = keyof typeof VALUE_TYPE;
type NumberKind = Exclude<ValueKind, "v128">;
const CONST = { i32: 0x41, i64: 0x42 } as const;

const SECTION = { types: 1, imports: 2, functions: 3, globals: 6, exports: 7, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
const UNREACHABLE = 0x00;
const END = 0x0b;

/** Numbers and vectors of a function besides its parameters. */
export class Locals {
  readonly #kinds: ValueKind[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** One more, which is 0 at the beginning. @default a number of 32 bits */
  add(kind: ValueKind = "i32"): Variable {
    this.#kinds.push(kind);
    return local(this.#parameters + this.#kinds.length - 1);
  }

  /** Their declaration. */
  get bytes(): number[] {
    return list(this.#kinds.map((kind) => [1, VALUE_TYPE[kind]]));
  }
}

/** A function of a module, written as its call. */
export type Callee = (...parameters: Code[]) => Code;

/** Writes the code of a function. To get to its end without giving back a value is a trap. */
export type Body = (locals: Locals, ...parameters: Variable[]) => Code;

/** A module in the making. All functions take numbers of 32 bits and give back one. */
export class ModuleBuilder {
  readonly #functions: { parameters: number; body: Body; exported: string | undefined }[] = [];
  readonly #globals: NumberKind[] = [];

  /** Adds a function. It may be called before its body is written: bodies are, when all functions are known. */
  define(parameters: number, body: Body, exported?: string): Callee {
    const index = this.#functions.push({ parameters, body, exported }) - 1;
    return (...values) => call(index, ...values);
  }

  /** Adds a number that all functions share, 0 at the beginning. @default a number of 32 bits */
  global(kind: NumberKind = "i32"): Variable {
    return global(this.#globals.push(kind) - 1);
  }

  /** The module's bytes. Its memory is imported as `host.memory`. */
  build(): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const bodies = functions.map(({ parameters, body }) => {
      const locals = new Locals(parameters);
      const code = body(locals, ...Array.from({ length: parameters }, (_, i) => local(i)));
      return sized([...locals.bytes, ...assemble(code), UNREACHABLE, END]);
    });
    const types = functions.map(({ parameters }) => [
      FUNCTION_TYPE,
      ...list(Array.from({ length: parameters }, () => [VALUE_TYPE.i32])),
      ...list([[VALUE_TYPE.i32]]),
    ]);
    const globals = this.#globals.map((kind) => [VALUE_TYPE[kind], 1, CONST[kind], ...signed(0n), END]);
    const exports = functions.flatMap(({ exported }, i) =>
      exported === undefined ? [] : [[...name(exported), 0, ...unsigned(i)]],
    );
    const section = (id: number, items: number[][]) => [id, ...sized(list(items))];
    return new Uint8Array([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(SECTION.types, types),
      ...section(SECTION.imports, [[...name("host"), ...name("memory"), 2, 0, 0]]),
      ...section(
        SECTION.functions,
        functions.map((_, i) => unsigned(i)),
      ),
      ...section(SECTION.globals, globals),
      ...section(SECTION.exports, exports),
      ...section(SECTION.code, bodies),
    ]);
  }
}
