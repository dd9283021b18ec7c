/**
 * @module Arguments of static tracepoints, as the compiler has left them in words of the machine's assembler: `-4@%edi`,
 * `8@-16(%rbp)`, `4@$5` on x86-64; `-4@w0`, `8@[sp, 16]`, `4@5` on arm64. In front of the `@` stands how many bytes they have, with a
 * minus when they have a sign.
 *
 * Source of the facts: SystemTap's `sys/sdt.h`, and what GCC and Clang write for the constraint `nor`.
 */
import { findRegister } from "./register-name.ts";

/** Where an argument is. */
export type UsdtArgument = {
  readonly size: 1 | 2 | 4 | 8;
  readonly isSigned: boolean;
} & (
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "register"; readonly register: string }
  | {
      readonly kind: "memory";
      /** Added up they are the address, with `offset`. */
      readonly base: string | undefined;
      readonly index: string | undefined;
      readonly scale: number;
      readonly offset: bigint;
    }
);

type Place =
  | Pick<UsdtArgument & { kind: "constant" }, "kind" | "value">
  | Pick<UsdtArgument & { kind: "register" }, "kind" | "register">
  | Pick<UsdtArgument & { kind: "memory" }, "kind" | "base" | "index" | "scale" | "offset">;

/** Arguments are separated by spaces, within brackets of arm64 there are some, too. */
const ARGUMENT = /(-?)([1248])f?@((?:\[[^\]]*\]|[^\s[])+)/gy;
const NUMBER = "[-+]?(?:0x[0-9a-f]+|\\d+)";
const X64_CONSTANT = new RegExp(`^\\$(${NUMBER})$`, "i");
const X64_REGISTER = /^%(\w+)$/;
const X64_MEMORY = new RegExp(`^(${NUMBER})?\\((?:%(\\w+))?(?:,%(\\w+)(?:,([1248]))?)?\\)$`, "i");
const ARM64_CONSTANT = new RegExp(`^#?(${NUMBER})$`, "i");
const ARM64_REGISTER = /^(\w+)$/;
const ARM64_MEMORY = new RegExp(`^\\[(\\w+)(?:, *#?(${NUMBER}))?\\]$`, "i");

/** Finds where arguments are; `undefined` in place of one that is nowhere where a program can look: in a floating-point register. */
export function parseUsdtArguments(text: string, machine: "x64" | "arm64"): (UsdtArgument | undefined)[] {
  const found: (UsdtArgument | undefined)[] = [];
  // What does not look like an argument is one all the same, or those behind it would be counted wrong.
  const words = text.match(/(?:\[[^\]]*\]|[^\s[])+/g) ?? [];
  for (const word of words) {
    ARGUMENT.lastIndex = 0;
    const [whole, minus, size, where] = ARGUMENT.exec(word) ?? [];
    const place = whole !== word ? undefined : PLACES[machine](where!);
    const isFloat = /^-?\df@/.test(word);
    found.push(
      place === undefined || isFloat
        ? undefined
        : { size: Number(size) as UsdtArgument["size"], isSigned: minus === "-", ...place },
    );
  }
  return found;
}

const PLACES: Readonly<Record<"x64" | "arm64", (where: string) => Place | undefined>> = {
  x64(where) {
    const [, constant] = X64_CONSTANT.exec(where) ?? [];
    if (constant !== undefined) return { kind: "constant", value: numberOf(constant) };
    const [, register] = X64_REGISTER.exec(where) ?? [];
    if (register !== undefined) return registerOf(register, "x64");
    const [whole, offset, base, index, scale] = X64_MEMORY.exec(where) ?? [];
    if (whole === undefined || (base ?? index) === undefined) return undefined;
    if ([base, index].some((name) => name !== undefined && !isWhole(name, "x64"))) return undefined;
    return { kind: "memory", base, index, scale: Number(scale ?? 1), offset: numberOf(offset ?? "0") };
  },
  arm64(where) {
    const [, constant] = ARM64_CONSTANT.exec(where) ?? [];
    if (constant !== undefined) return { kind: "constant", value: numberOf(constant) };
    const [, base, offset] = ARM64_MEMORY.exec(where) ?? [];
    if (base !== undefined)
      return isWhole(base, "arm64")
        ? { kind: "memory", base, index: undefined, scale: 1, offset: numberOf(offset ?? "0") }
        : undefined;
    const [, register] = ARM64_REGISTER.exec(where) ?? [];
    return register === undefined ? undefined : registerOf(register, "arm64");
  },
};

function registerOf(register: string, machine: "x64" | "arm64"): Place | undefined {
  return findRegister(register, machine) === undefined ? undefined : { kind: "register", register };
}

function isWhole(register: string, machine: "x64" | "arm64"): boolean {
  return findRegister(register, machine)?.size === 8;
}

function numberOf(text: string): bigint {
  const value = BigInt(text.replace(/^[-+]/, ""));
  return text.startsWith("-") ? -value : value;
}
