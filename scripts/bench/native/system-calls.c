/*
 * Makes one system call over and over, or calls a function of its own: what a program on it adds to each call.
 *
 *   system-calls write|getpriority|function COUNT [PER_SECOND]
 *
 * Writes one line: calls, nanoseconds of processor time, which what else runs there has no part in.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

__attribute__((noinline)) int probed(int number) {
  __asm__ volatile("" : "+r"(number));
  return number;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  long calls = atol(arguments[2]);
  long rate = count > 3 ? atol(arguments[3]) : 0;
  int isWrite = strcmp(arguments[1], "write") == 0;
  int isFunction = strcmp(arguments[1], "function") == 0;
  int null = open("/dev/null", O_WRONLY);
  if (null < 0) return 1;
  int64_t start = now(CLOCK_MONOTONIC);
  int64_t spent = now(CLOCK_THREAD_CPUTIME_ID);
  for (long i = 0; i < calls; i++) {
    if (isFunction) probed((int)i);
    else if (isWrite) syscall(SYS_write, null, "x", 1);
    else syscall(SYS_getpriority, 0, 0);
    /* Sixteen at a time: a clock that is asked for each call would be the limit. */
    if (rate > 0 && i % 16 == 15) {
      int64_t due = start + (i + 1) * 1000000000LL / rate;
      struct timespec time = {due / 1000000000, due % 1000000000};
      if (now(CLOCK_MONOTONIC) < due) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
    }
  }
  printf("%ld %lld\n", calls, (long long)(now(CLOCK_THREAD_CPUTIME_ID) - spent));
  return 0;
}
