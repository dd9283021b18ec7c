/** @module What is asked for where a function returns. */
import type { Hook } from "./policy.ts";

/** Whether a second program has to run there. */
export function asksForReturn({ returnValue, args }: Pick<Hook, "returnValue" | "args">): boolean {
  return returnValue !== undefined || args.some((argument) => argument.isReadAtReturn);
}
