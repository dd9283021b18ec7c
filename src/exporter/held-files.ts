/**
 * @module Which files exporters of this process write to. Two that write, cut, rotate and compress one file would lose
 * events; and that it is one file does not always show in its names.
 */

/** Device and inode of each. */
const held = new Set<string>();

/**
 * Takes a file for one exporter, until {@link release}.
 * @param identity Device and inode.
 * @returns The same.
 * @throws Error when another has it.
 */
export function hold(identity: string): string {
  if (held.has(identity)) throw new Error("another exporter writes to it");
  held.add(identity);
  return identity;
}

/** Lets another exporter have the file. */
export function release(identity: string): void {
  held.delete(identity);
}
