/**
 * @module Keeps the process alive when somebody cuts a file short that it has mapped.
 *
 * To touch a page beyond the end of its file is SIGBUS, which would end the process. Here a handler puts memory of zeros in
 * place of the whole mapping, at the same addresses: the store that faulted is made again, and goes on. As no JavaScript can
 * run in a handler, it is machine code; signals for other addresses go to the handler that was there before.
 */
import { ptr } from "bun:ffi";
import { CodeMemory } from "./machine-code.ts";
import {
  exchangeSignalAction,
  handlerOf,
  SA_ONSTACK,
  SA_RESTART,
  SA_SIGINFO,
  signalAction,
} from "./signal-action.ts";
import { SystemCallError } from "./system-call.ts";

/**
 * The handler, made of `test/os/mapping-guard/*.S`; after a change of a source the test there shows the bytes. Behind it, in
 * the data of {@link CodeMemory}, are the address of the handler before and a table of mappings, first and last address.
 */
export const HANDLER_CODE: Readonly<Record<string, string>> = {
  x64:
    "488b4610488d0d0500010041b840000000483b017206483b4108720f4883c11041ffc875ecff25d5ff0000488b39488b" +
    "71084829feba0300000041ba3200000049c7c0ffffffff4531c9b8090000000f05c3",
  arm64:
    "290840f9eaff07104c4100910b0880528d39c1a83f010deb630000543f010eeba30000546b05007141ffff544a0140f9" +
    "40011fd6e0030daac1010dcb620080d2430680d204008092050080d2c81b80d2010000d4c0035fd6",
};

/** In the data. */
const TABLE_OFFSET = 16;
const MAX_MAPPINGS = 64;
const DATA_BYTES = TABLE_OFFSET + MAX_MAPPINGS * 2 * BigUint64Array.BYTES_PER_ELEMENT;

const SIGBUS = 7;

/** The handler's table once it is there; `undefined` where there can be none. */
let installed: { readonly table: BigUint64Array | undefined } | undefined;

/**
 * Guards a mapping until {@link unguardMapping}. Where it cannot be guarded (no memory for code, too many mappings), a file that
 * is cut short still ends the process.
 */
export function guardMapping(memory: Uint8Array): void {
  installed ??= { table: install() };
  const { table } = installed;
  const free = table?.findIndex((address, i) => i % 2 === 0 && address === 0n) ?? -1;
  if (table === undefined || free === -1) return;
  const start = BigInt(ptr(memory));
  // In this order: the handler may look at any moment.
  table[free + 1] = start + BigInt(memory.byteLength);
  table[free] = start;
}

/** To be called before the mapping ends. */
export function unguardMapping(memory: Uint8Array): void {
  const { table } = installed ?? {};
  const at = table?.indexOf(BigInt(ptr(memory))) ?? -1;
  if (table === undefined || at === -1) return;
  table[at + 1] = 0n;
  table[at] = 0n;
}

function install(): BigUint64Array | undefined {
  const code = HANDLER_CODE[process.arch];
  if (code === undefined) return undefined;
  const memory = mapCode(Buffer.from(code, "hex"));
  if (memory === undefined) return undefined;
  const previous = exchangeSignalAction(SIGBUS, undefined);
  if (previous === undefined) return undefined;
  const next = handlerOf(previous);
  // Without a handler before there is nowhere to go: address 0 ends the process as well.
  new BigUint64Array(memory.data, 0, 1)[0] = next;
  const action = signalAction(BigInt(memory.address), SA_SIGINFO | SA_ONSTACK | SA_RESTART);
  if (exchangeSignalAction(SIGBUS, action) === undefined) return undefined;
  return new BigUint64Array(memory.data, TABLE_OFFSET, MAX_MAPPINGS * 2);
}

function mapCode(code: Uint8Array): CodeMemory | undefined {
  try {
    return new CodeMemory(code, DATA_BYTES);
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
