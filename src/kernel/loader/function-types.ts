/** @module Types of a program's functions. The kernel wants them of functions that helpers call, and shows their names. */
import { btfLoad, FUNC_INFO_SIZE } from "../../os/bpf/index.ts";
import { Descriptor } from "../../os/descriptor.ts";
import type { AssemblyFunction } from "../asm/index.ts";
import { BtfWriter } from "../btf/index.ts";

/** Types that are loaded. */
export class FunctionTypes extends Descriptor {
  /** `struct bpf_func_info[]`: where each function begins, and its type. */
  readonly info: Uint8Array;

  constructor(fd: number, info: Uint8Array) {
    super(fd);
    this.info = info;
  }
}

/**
 * Loads types for functions that take two numbers and return one: the verifier follows what they really get.
 * @throws SystemCallError
 */
export function loadFunctionTypes(functions: readonly AssemblyFunction[]): FunctionTypes {
  const types = new BtfWriter();
  const result = types.int("int", 4, true);
  const parameter = types.int("unsigned long", 8);
  const prototype = types.prototype(
    ["first", "second"].map((name) => ({ name, type: parameter })),
    result,
  );
  const info = new Uint32Array(functions.length * (FUNC_INFO_SIZE / 4));
  for (const [index, { name, instruction }] of functions.entries()) {
    info[index * 2] = instruction;
    info[index * 2 + 1] = types.function(name, prototype);
  }
  return new FunctionTypes(btfLoad(types.build()), new Uint8Array(info.buffer));
}
