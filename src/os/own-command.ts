/** @module How this program is started again. */

/** Its command line: alone, or by Bun in a source tree. */
export function ownCommand(): string[] {
  if (Bun.main.startsWith("/$bunfs/")) return [process.execPath];
  return [process.execPath, new URL("../main.ts", import.meta.url).pathname];
}
