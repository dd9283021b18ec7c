/** @module What a diagnosis consists of. */

/** One thing that was looked at. */
export interface Finding {
  /** In a few words. */
  readonly name: string;
  /** `yes`: it is as it should be; `no`: that is a fault; `unknown`: it cannot be seen from here. */
  readonly answer: "yes" | "no" | "unknown";
  readonly found: string;
  /** What to do. */
  readonly advice?: string | undefined;
}

export function good(name: string, found: string): Finding {
  return { name, answer: "yes", found };
}

export function fault(name: string, found: string, advice?: string): Finding {
  return { name, answer: "no", found, ...(advice !== undefined && { advice }) };
}

export function unseen(name: string, found: string, advice?: string): Finding {
  return { name, answer: "unknown", found, ...(advice !== undefined && { advice }) };
}
