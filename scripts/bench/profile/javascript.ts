/** @module A profile of JavaScriptCore's sampler, as `bun --cpu-prof` writes it (the format of Chrome's developer tools). */

/** What is read of the file. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      /** From 0; -1 for what is not JavaScript. */
      readonly lineNumber: number;
    };
  }[];
  /** The node that was on top of the stack at each sample. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** A function, and how long it was itself on top of the stack. */
export interface FunctionCost {
  readonly name: string;
  /** `src/event/batch.ts:17`, or where else the code is. */
  readonly place: string;
  readonly microseconds: number;
}

/** Where the time goes, the most first. @param root Of the tree, as it begins paths in the profile. */
export function costsOf({ nodes, samples, timeDeltas }: CpuProfile, root: string): FunctionCost[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const costs = new Map<string, FunctionCost>();
  for (const [i, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!;
    const name = functionName === "" ? "(anonymous)" : functionName;
    const place = placeOf(url, lineNumber, name, root);
    const key = `${name} ${place}`;
    const microseconds = (costs.get(key)?.microseconds ?? 0) + timeDeltas[i]!;
    costs.set(key, { name, place, microseconds });
  }
  return [...costs.values()].toSorted((a, b) => b.microseconds - a.microseconds);
}

function placeOf(url: string, lineNumber: number, name: string, root: string): string {
  if (url === "") return name.includes("wasm-function") ? "WebAssembly" : "the runtime";
  const path = url.replace(/^file:\/\//, "");
  const short = path.startsWith(root) ? path.slice(root.length) : path;
  return lineNumber < 0 ? short : `${short}:${lineNumber + 1}`;
}
