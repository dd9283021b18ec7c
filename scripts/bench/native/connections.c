/*
 * Opens and closes TCP connections over loopback, one after another, for the figures of the sensor.
 *
 *   connections COUNT
 *
 * Writes one line: connections, nanoseconds of wall time, nanoseconds of CPU time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

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

int main(int argc, char *argv[]) {
  if (argc != 2) {
    fprintf(stderr, "usage: connections COUNT\n");
    return 2;
  }
  long count = atol(argv[1]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 16) != 0) fail("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) fail("getsockname");
  long began = now();
  for (long i = 0; i < count; i++) {
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    int server = accept(listener, NULL, NULL);
    if (server < 0) fail("accept");
    close(client);
    close(server);
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%ld %ld %ld\n", count, now() - began, nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime));
  return 0;
}
