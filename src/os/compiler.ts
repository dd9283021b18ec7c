/** @module When JavaScriptCore compiles. */

/**
 * Ends the time, in which the executable compiles reluctantly (`--compile-jit-policy` in scripts/build.ts): most of what
 * a start runs, it runs once, and the compilers' own code is memory, too. From now on what is hot is compiled as usual.
 */
export function compileAsUsual(): void {
  Bun.unsafe.setJITPolicy(1);
}
