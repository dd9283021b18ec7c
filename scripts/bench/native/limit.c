/*
 * limit: the limit of the machine for "one line of a file, one datagram". Nothing is done to a line but finding its
 * end; nothing is copied but by the kernel.
 *
 *   limit FILE PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { BATCH = 64 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void send_all(int fd, struct mmsghdr *messages, int count) {
  for (int first = 0; first < count;) {
    int sent = sendmmsg(fd, messages + first, count - first, 0);
    if (sent >= 0) first += sent;
    else if (errno != EINTR && errno != ENOBUFS) fail("sendmmsg");
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: limit FILE PORT\n");
    return 2;
  }
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

  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH] = {0};
  for (int i = 0; i < BATCH; i++) {
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int count = 0;
  for (char *line = text, *end = text + size; line < end;) {
    char *newline = memchr(line, '\n', end - line);
    char *next = newline == NULL ? end : newline + 1;
    vectors[count++] = (struct iovec){.iov_base = line, .iov_len = next - line};
    if (count == BATCH) {
      send_all(fd, messages, count);
      count = 0;
    }
    line = next;
  }
  send_all(fd, messages, count);
  return 0;
}
