/** @module `list:NAME` among the values of `InMap`: numbers of system calls. */
import { type SystemCallAbi as NumberedAbi, systemCallNumber } from "../../../../kernel/system-call/index.ts";
import type { IntegerRange, SystemCallAbi } from "../../../policy.ts";
import { quote, type Remark } from "../../finding.ts";
import { suggestion } from "../../spelling.ts";
import type { Context } from "../context.ts";
import type { Filter } from "./filter.ts";

/** Marks a call of a 32-bit program in a `syscall64`. */
const IS_32_BIT = 1n << 31n;

/** The numbers of the calls in a list. */
export function listRanges(
  text: string,
  { type }: Filter,
  context: Context,
  refuse: (remark: Remark) => undefined,
): IntegerRange[] | undefined {
  const name = text.slice("list:".length);
  const list = context.lists.get(name);
  if (list === undefined) {
    const cure = suggestion(name, [...context.lists.keys()]);
    return refuse({ found: `the list ${quote(name)}`, expected: "one of spec.lists", cure });
  }
  if (list.isOpen) context.leaveOpen();
  if (!list.isSystemCalls) {
    return refuse({
      found: `the list ${quote(name)}`,
      expected: "a list of system calls",
      cure: "add type: syscalls to the list",
    });
  }
  const numbers: bigint[] = [];
  for (const target of list.targets) {
    if (target.kind !== "syscall") continue;
    for (const abi of target.abis) {
      const number = systemCallNumber(target.name, tableOf(abi, context));
      if (number !== undefined) {
        numbers.push(abi === "compat" && type === "syscall64" ? BigInt(number) | IS_32_BIT : BigInt(number));
      } else if (!isGenerated(list.targets.length)) {
        return refuse({
          found: quote(`sys_${target.name}`),
          expected: `system calls of this machine in the list ${quote(name)}`,
        });
      }
    }
  }
  return numbers.map((number) => ({ first: number, last: number }));
}

/** Of all calls of a kernel some may be newer than the numbers that are known here. */
function isGenerated(length: number): boolean {
  return length > 200;
}

function tableOf(abi: SystemCallAbi, { machine }: Context): NumberedAbi {
  return abi === "compat" ? "i386" : machine;
}
