/*
 * Starts processes as fast as this machine can, for the benchmarks of the sensor.
 *
 *   spawn loop WORKERS COUNT SECONDS PROGRAM [ARGUMENT]...
 *     Each worker starts PROGRAM and waits for it, again and again: COUNT times, or for SECONDS when COUNT is 0.
 *   spawn live COUNT
 *     Starts COUNT processes that sleep; ends them all when standard input ends.
 *   spawn sleep
 *     One of those.
 *
 * vfork(2) and execve(2) and nothing around them: what a shell does besides would hide what the sensor adds.
 * Writes one line: processes, nanoseconds of wall time, nanoseconds of CPU time of all of them.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *const environment[] = {"PATH=/usr/bin:/bin", "LANG=C", NULL};

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static long nanoseconds(struct timeval time) {
  return time.tv_sec * 1000000000L + time.tv_usec * 1000L;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static pid_t start(char *const arguments[]) {
  pid_t pid = vfork();
  if (pid == 0) {
    execve(arguments[0], arguments, environment);
    _exit(127);
  }
  if (pid < 0) fail("vfork");
  return pid;
}

/* Returns how many processes it started. */
static long work(long count, double seconds, char *const arguments[]) {
  long started = 0;
  long end = now() + (long)(seconds * 1e9);
  while (count > 0 ? started < count : now() < end) {
    int status;
    pid_t pid = start(arguments);
    if (waitpid(pid, &status, 0) != pid) fail("waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) fail(arguments[0]);
    started++;
  }
  return started;
}

static void report(long started, long began) {
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("%ld %ld %ld\n", started, now() - began, nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime));
}

static void loop(int workers, long count, double seconds, char *const arguments[]) {
  long *started = mmap(NULL, workers * sizeof *started, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (started == MAP_FAILED) fail("mmap");
  long began = now();
  for (int worker = 0; worker < workers; worker++) {
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    started[worker] = work(count, seconds, arguments);
    _exit(0);
  }
  long total = 0;
  for (int worker = 0; worker < workers; worker++) {
    int status;
    if (wait(&status) < 0 || status != 0) exit(1);
  }
  for (int worker = 0; worker < workers; worker++) total += started[worker];
  report(total, began);
}

static void live(long count, char *self) {
  char *const arguments[] = {self, "sleep", "an argument of usual length", NULL};
  pid_t *pids = calloc(count, sizeof *pids);
  long began = now();
  for (long i = 0; i < count; i++) pids[i] = start(arguments);
  printf("started\n");
  fflush(stdout);
  while (getchar() != EOF) continue;
  for (long i = 0; i < count; i++) kill(pids[i], SIGTERM);
  while (wait(NULL) > 0) continue;
  report(count, began);
}

int main(int argc, char *argv[]) {
  if (argc == 3 && strcmp(argv[1], "sleep") == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pause();
    return 0;
  }
  if (argc >= 6 && strcmp(argv[1], "loop") == 0) {
    loop(atoi(argv[2]), atol(argv[3]), atof(argv[4]), argv + 5);
    return 0;
  }
  if (argc == 3 && strcmp(argv[1], "live") == 0) {
    live(atol(argv[2]), argv[0]);
    return 0;
  }
  fprintf(stderr, "usage: spawn loop WORKERS COUNT SECONDS PROGRAM [ARGUMENT]... | spawn live COUNT\n");
  return 2;
}
