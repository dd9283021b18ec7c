/** @module What asking the kernel gives: yes, no, or an answer that says nothing. */
import { SystemCallError } from "../../os/system-call.ts";

/** An answer. What is inconclusive says why: a right, memory or a file system may be missing, and not the feature. */
export interface FeatureAnswer {
  readonly answer: "yes" | "no" | "inconclusive";
  /** What the kernel said, where it is not yes. */
  readonly cause?: unknown;
}

export const YES: FeatureAnswer = { answer: "yes" };

/** Errors by which the kernel says that it does not know what it was asked for. */
const UNKNOWN_TO_KERNEL = new Set(["EINVAL", "E2BIG", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "ENODEV"]);
/** `ENOTSUPP`, which is the kernel's own and has no name elsewhere. */
const ENOTSUPP = 524;

/** The system call's error behind what was caught, if that is the reason. */
export function systemCallError(error: unknown): SystemCallError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof SystemCallError) return at;
  return undefined;
}

/** Asks by doing: what is done without an error is there. */
export function answerOf(action: () => void): FeatureAnswer {
  try {
    action();
    return YES;
  } catch (cause) {
    const error = systemCallError(cause);
    const isNo = error !== undefined && (UNKNOWN_TO_KERNEL.has(error.errnoName) || error.errno === ENOTSUPP);
    return { answer: isNo ? "no" : "inconclusive", cause };
  }
}

/** Asks once, and again as long as the answer is inconclusive. */
export function remember(ask: () => FeatureAnswer): () => FeatureAnswer {
  let known: FeatureAnswer | undefined;
  return () => {
    if (known !== undefined) return known;
    const answer = ask();
    if (answer.answer !== "inconclusive") known = answer;
    return answer;
  };
}

/** The same, for what there are many of. */
export function rememberEach<K>(ask: (key: K) => FeatureAnswer): (key: K) => FeatureAnswer {
  const known = new Map<K, () => FeatureAnswer>();
  return (key) => {
    let answer = known.get(key);
    if (answer === undefined) {
      answer = remember(() => ask(key));
      known.set(key, answer);
    }
    return answer();
  };
}
