/** @module Signals that would end the program by their default action although nobody means to end it. */

const SIGHUP = 1;
const SIGUSR1 = 10;
const SIGUSR2 = 12;
const SIGALRM = 14;
const SIGSTKFLT = 16;
const SIGVTALRM = 26;
const SIGPROF = 27;
const SIGIO = 29;
/** The first of the real-time signals that glibc leaves to programs, and the last. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/**
 * Ignored from the first instruction on; where the program handles one, as SIGHUP, its handler takes over. Those that
 * report a fault or ask for the end (SIGTERM, SIGINT, SIGQUIT, SIGABRT, SIGXCPU) keep their meaning.
 * Numbers as in signal(7), the same on x86-64 and arm64.
 */
export const IGNORED_SIGNALS: readonly number[] = [
  ...[SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGSTKFLT, SIGVTALRM, SIGPROF, SIGIO],
  ...Array.from({ length: SIGRTMAX - SIGRTMIN + 1 }, (_, i) => SIGRTMIN + i),
];
