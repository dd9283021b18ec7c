/** @module How this program is started again. */

/** Its command line: alone, or by Bun in a source tree. */
export function ownCommand(): string[] {
  return Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];
}
