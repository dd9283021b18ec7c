/** @module A program with functions and static tracepoints, which tests build where there is a C compiler. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether there is one. */
export const hasCompiler = Bun.which("gcc") !== null;

/**
 * What SystemTap's `sys/sdt.h` leaves of a static tracepoint, of which each argument is given with its size. The second one has a
 * counter, and its first argument in memory.
 */
const SOURCE = `
#include <stdio.h>
#include <stdlib.h>

#define NOTE(name, semaphore, text, ...) __asm__ volatile( \\
  "990: nop\\n.pushsection .note.stapsdt,\\"\\",\\"note\\"\\n.balign 4\\n.4byte 992f-991f, 994f-993f, 3\\n" \\
  "991: .asciz \\"stapsdt\\"\\n992: .balign 4\\n993: .8byte 990b\\n.8byte _.stapsdt.base\\n.8byte " semaphore "\\n" \\
  ".asciz \\"tetradtest\\"\\n.asciz \\"" name "\\"\\n.asciz \\"" text "\\"\\n994: .balign 4\\n.popsection\\n" \\
  :: __VA_ARGS__)
__asm__(".pushsection .stapsdt.base,\\"aG\\",\\"progbits\\",.stapsdt.base,comdat\\n.weak _.stapsdt.base\\n"
  "_.stapsdt.base: .space 1\\n.size _.stapsdt.base,1\\n.popsection\\n");

__attribute__((section(".probes"), used)) volatile unsigned short gate_semaphore;

__attribute__((noinline)) int check_pin(int user, long pin, const char *name) {
  NOTE("check", "0", "-4@%0 -8@%1 8@%2 4@%3", "nor"(user), "nor"(pin), "nor"(name), "n"(77));
  return pin == 4711 ? user : -user;
}

__attribute__((noinline)) int guarded(int n) {
  volatile int deny = 0;
  NOTE("gate", "gate_semaphore", "-4@%0 -4@%1 4@%2", "m"(deny), "r"(n), "n"(5));
  return deny ? -deny : n * 2;
}

__attribute__((noinline)) const char *greet(const char *name) {
  static char text[64];
  if (name[0] == '-') return 0;
  snprintf(text, sizeof text, "hello %s", name);
  return text;
}

int main(int argc, char **argv) {
  int user = argc > 1 ? atoi(argv[1]) : 7;
  long pin = argc > 2 ? atol(argv[2]) : 1;
  int times = argc > 4 ? atoi(argv[4]) : 1;
  int r = 0;
  if (argc > 5) getchar();
  while (times-- > 0) r = check_pin(user, pin, argc > 3 ? argv[3] : "alice");
  if (!greet(argc > 3 ? argv[3] : "alice")) puts("nobody");
  printf("check=%d gate=%d semaphore=%d\\n", r, guarded(user), gate_semaphore);
  return 0;
}
`;

/** What its static tracepoints are called, where they are to be called otherwise. */
interface ProbeNames {
  readonly provider?: string;
  readonly check?: string;
  readonly gate?: string;
  /** Whether it needs no libraries: for containers, which have none. @default false */
  readonly isStatic?: boolean;
}

/** Builds it. @returns Its path. */
export function buildProbedProgram(directory: string, name = "target", names: ProbeNames = {}): string {
  mkdirSync(directory, { recursive: true });
  const source = join(directory, `${name}.c`);
  const path = join(directory, name);
  const { provider = "tetradtest", check = "check", gate = "gate" } = names;
  writeFileSync(
    source,
    SOURCE.replace("tetradtest", provider)
      .replace('NOTE("check"', `NOTE("${check}"`)
      .replace('NOTE("gate"', `NOTE("${gate}"`),
  );
  const { exitCode, stderr } = Bun.spawnSync([
    ...["gcc", "-O2", "-o", path, source],
    ...(names.isStatic === true ? ["-static"] : []),
  ]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return path;
}
