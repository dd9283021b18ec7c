/*
 * count: reads and counts every datagram that arrives on a port of 127.0.0.1 that the kernel picks.
 *
 *   count EXPECTED IDLE_MS
 *
 * Prints {"port":N} when it is ready. Ends when EXPECTED datagrams have come (0: never), when none has come for
 * IDLE_MS after the first one, or on SIGTERM; then prints what it counted. Times are CLOCK_MONOTONIC, nanoseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, DATAGRAM_BYTES = 65536, RECEIVE_BUFFER = 512 * 1024 * 1024 };

static volatile sig_atomic_t stopped;
static char buffers[BATCH][DATAGRAM_BYTES];

static void on_signal(int number) {
  (void)number;
  stopped = 1;
}

static unsigned long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  int size = RECEIVE_BUFFER;
  /* Beyond net.core.rmem_max only with CAP_NET_ADMIN; what cannot be had shows up as loss. */
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  socklen_t length = sizeof address;
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void set_timeout(int fd, long milliseconds) {
  struct timeval timeout = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: count EXPECTED IDLE_MS\n");
    return 2;
  }
  unsigned long long expected = strtoull(argv[1], NULL, 10);
  long idle_ms = strtol(argv[2], NULL, 10);
  /* No SA_RESTART: the signal has to end the wait. */
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  int fd = open_socket();

  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH] = {0};
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){.iov_base = buffers[i], .iov_len = DATAGRAM_BYTES};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  unsigned long long count = 0, bytes = 0, first = 0, last = 0;
  while (!stopped && (expected == 0 || count < expected)) {
    int received = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (received < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      fail("recvmmsg");
    }
    last = now_ns();
    if (count == 0) {
      first = last;
      set_timeout(fd, idle_ms);
    }
    count += received;
    for (int i = 0; i < received; i++) bytes += messages[i].msg_len;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"count\":%llu,\"bytes\":%llu,\"first_ns\":%llu,\"last_ns\":%llu,\"cpu_s\":%.6f}\n", count, bytes, first,
         last, cpu);
  return 0;
}
