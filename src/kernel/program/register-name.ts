/** @module Names of the processor's registers, and where `struct pt_regs` keeps them. */

/** A register, or a part of one. */
export interface NamedRegister {
  /** Member of `struct pt_regs`. */
  readonly member: string;
  /** Where in that member it begins, in bytes. */
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
}

type Finder = (name: string) => NamedRegister | undefined;

/** The eight old ones by their letters: whole, and in parts. */
const X64 = new Map<string, NamedRegister>(
  ["ax", "bx", "cx", "dx", "si", "di", "bp", "sp", "ip"].flatMap((member): [string, NamedRegister][] => {
    const part = (offset: number, size: NamedRegister["size"]) => ({ member, offset, size });
    const [letter] = member as unknown as [string];
    const bytes: [string, NamedRegister][] = member.endsWith("x")
      ? [
          [`${letter}l`, part(0, 1)],
          [`${letter}h`, part(1, 1)],
        ]
      : member === "ip"
        ? []
        : [[`${member}l`, part(0, 1)]];
    return [[`r${member}`, part(0, 8)], [`e${member}`, part(0, 4)], [member, part(0, 2)], ...bytes];
  }),
);
const X64_OTHERS = new Map<string, NamedRegister>([
  ["rflags", { member: "flags", offset: 0, size: 8 }],
  ["eflags", { member: "flags", offset: 0, size: 4 }],
]);
const X64_SIZES: Readonly<Record<string, NamedRegister["size"]>> = { "": 8, d: 4, w: 2, b: 1 };
const ARM64_OTHERS = new Map<string, NamedRegister>(
  ["sp", "pc", "pstate"].map((name) => [name, { member: `user_regs.${name}`, offset: 0, size: 8 }]),
);

const FINDERS: Readonly<Record<"x64" | "arm64", Finder>> = {
  x64(name) {
    const [, member, suffix] = /^(r(?:8|9|1[0-5]))([dwb]?)$/.exec(name) ?? [];
    if (member !== undefined) return { member, offset: 0, size: X64_SIZES[suffix!]! };
    return X64.get(name) ?? X64_OTHERS.get(name);
  },
  arm64(name) {
    const [, letter, number] = /^([xw])(\d|[12]\d|30)$/.exec(name) ?? [];
    if (letter === undefined) return ARM64_OTHERS.get(name);
    return { member: `user_regs.regs[${number}]`, offset: 0, size: letter === "w" ? 4 : 8 };
  },
};

/** The register of that name, in lower case, as the machine's assemblers have it; `undefined` when there is none. */
export function findRegister(name: string, machine: "x64" | "arm64"): NamedRegister | undefined {
  return FINDERS[machine](name);
}
