/** @module When JavaScriptCore compiles. */

/**
 * Ends the time, in which the executable compiles reluctantly (`--compile-jit-policy` in scripts/build.ts): most of what
 * a start runs, it runs once, and the compilers' own code is memory, too. From now on what is hot is compiled as usual.
 */
export function compileAsUsual(): void {
  Bun.unsafe.setJITPolicy(1);
}

/** As in scripts/build.ts. */
const RELUCTANT = 8;

/**
 * Has the executable compile as reluctantly as at its start: what an agent runs now and then becomes hot all the same in
 * minutes, and each time the runtime starts its compilers' threads.
 */
export function compileReluctantly(): void {
  Bun.unsafe.setJITPolicy(RELUCTANT);
}
