/*
 * limit: the limit of the machine for "one line of a file, one datagram". Nothing is done to a line but finding its
 * end; nothing is copied but by the kernel.
 *
 *   limit FILE PORT            each line as it is, by sendmmsg
 *   limit FILE PORT PERCENT    lines that follow each other share a walk through the kernel (UDP_SEGMENT, udp(7)): they
 *                              are made equal by spaces before the newline, at most PERCENT more bytes over the run
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { MESSAGES = 64, SEGMENTS = 64, LARGEST = 65507, VECTORS = 2 * SEGMENTS, PATIENCE = 8 };

static struct mmsghdr messages[MESSAGES];
static struct iovec vectors[MESSAGES][VECTORS];
static union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(unsigned short))];
} controls[MESSAGES];
/* Spaces and a newline: the end of a line that is made longer. */
static char padding[LARGEST + 1];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void send_all(int fd, int count) {
  for (int first = 0; first < count;) {
    int sent = sendmmsg(fd, messages + first, count - first, 0);
    if (sent >= 0) first += sent;
    else if (errno != EINTR && errno != ENOBUFS) fail("sendmmsg");
  }
}

/* Bytes of all lines so far, and how many more were sent. */
static size_t total, added;

/* How many of the lines share a walk. All but the last are as long as the longest. */
static int find_run(const size_t *lengths, int count, int percent, size_t *longest) {
  size_t largest = 0, sum = 0, run_sum = lengths[0], run_added = 0;
  int run = 1, failures = 0;
  *longest = lengths[0];
  for (int i = 0; i < count; i++) {
    if (lengths[i] > largest) largest = lengths[i];
    if (largest * (i + 1) > LARGEST) break;
    sum += lengths[i];
    size_t more = largest * i + lengths[i] - sum;
    if ((added + more) * 100 > (total + sum) * percent) {
      if (++failures == PATIENCE) break;
      continue;
    }
    failures = 0;
    run = i + 1;
    run_sum = sum;
    run_added = more;
    *longest = largest;
  }
  total += run_sum;
  added += run_added;
  return run;
}

static void set_run(int message, const char *line, const size_t *lengths, int run, size_t longest) {
  struct iovec *vector = vectors[message];
  for (int i = 0; i < run; i++) {
    size_t length = lengths[i], missing = i + 1 < run ? longest - length : 0;
    *vector++ = (struct iovec){.iov_base = (char *)line, .iov_len = missing == 0 ? length : length - 1};
    if (missing > 0) *vector++ = (struct iovec){.iov_base = padding + LARGEST - missing, .iov_len = missing + 1};
    line += length;
  }
  struct msghdr *header = &messages[message].msg_hdr;
  header->msg_iovlen = vector - vectors[message];
  header->msg_control = run > 1 ? &controls[message] : NULL;
  header->msg_controllen = run > 1 ? sizeof controls[message] : 0;
  *(unsigned short *)CMSG_DATA(&controls[message].header) = longest;
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: limit FILE PORT [PERCENT]\n");
    return 2;
  }
  int percent = argc == 4 ? atoi(argv[3]) : -1;
  int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) fail(argv[1]);
  size_t size = status.st_size;
  char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (text == MAP_FAILED) fail("mmap");

  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");

  memset(padding, ' ', LARGEST);
  padding[LARGEST] = '\n';
  for (int i = 0; i < MESSAGES; i++) {
    messages[i].msg_hdr.msg_iov = vectors[i];
    controls[i].header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(unsigned short)), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
  }
  /* Lines that have been found and not been sent: those before `line`. */
  size_t lengths[SEGMENTS];
  int found = 0, count = 0;
  char *line = text, *next = text, *end = text + size;
  while (next < end || found > 0) {
    for (; found < (percent < 0 ? 1 : SEGMENTS) && next < end; found++) {
      char *newline = memchr(next, '\n', end - next);
      char *after = newline == NULL ? end : newline + 1;
      lengths[found] = after - next;
      next = after;
    }
    size_t longest = lengths[0];
    int run = percent < 0 ? 1 : find_run(lengths, found, percent, &longest);
    set_run(count++, line, lengths, run, longest);
    for (int i = 0; i < run; i++) line += lengths[i];
    found -= run;
    memmove(lengths, lengths + run, found * sizeof *lengths);
    if (count == MESSAGES) {
      send_all(fd, count);
      count = 0;
    }
  }
  send_all(fd, count);
  return 0;
}
