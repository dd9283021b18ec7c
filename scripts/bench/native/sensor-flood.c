/*
 * Fills the ring buffer of a running sensor from a BPF program of its own, at a rate that no machine of two cores
 * reaches by starting processes: what the reader can take, apart from what the machine can start.
 *
 *   sensor-flood AGENT_PID PER_SECOND SECONDS < TEMPLATES
 *
 * TEMPLATES: for each of fork, exec, exit five 32-bit numbers, namely the size of the record, the offsets of its
 * pid, time and start_time, and of DIGITS bytes in its arguments, 0 for none; then the three records, each in ROOM
 * bytes. One process in NEW_ONES has arguments of its own: the digits are its number. All others have the same.
 *
 * The program copies the three records into the agent's ring as the sensor's programs do (bpf_ringbuf_output, which
 * wakes a reader that waits) and is run by BPF_PROG_TEST_RUN, once for each process. Writes one line: processes, records that found no room,
 * nanoseconds.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { KINDS = 3, ROOM = 2048, FIRST_PID = 1 << 22, PIDS = 1 << 20, DIGITS = 8, NEW_ONES = 4 };
enum { SIZE, PID, TIME, START, ARGUMENT, NUMBERS };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static long bpf(int command, union bpf_attr *attributes) {
  return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The ring buffer that a process has open. */
static int open_ring(const char *pid) {
  char path[512], line[256];
  snprintf(path, sizeof path, "/proc/%s/fdinfo", pid);
  DIR *directory = opendir(path);
  if (directory == NULL) fail(path);
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", pid, entry->d_name);
    FILE *file = fopen(path, "r");
    if (file == NULL) continue;
    unsigned type = 0, id = 0;
    while (fgets(line, sizeof line, file) != NULL) {
      sscanf(line, "map_type: %u", &type);
      sscanf(line, "map_id: %u", &id);
    }
    fclose(file);
    if (type != BPF_MAP_TYPE_RINGBUF) continue;
    union bpf_attr attributes = {.map_id = id};
    int fd = bpf(BPF_MAP_GET_FD_BY_ID, &attributes);
    if (fd < 0) fail("BPF_MAP_GET_FD_BY_ID");
    closedir(directory);
    return fd;
  }
  fprintf(stderr, "Cannot flood process %s: it has no ring buffer\n", pid);
  exit(1);
}

static struct bpf_insn program[64];
static int length;

static void emit(uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t value) {
  program[length++] = (struct bpf_insn){.code = code, .dst_reg = to, .src_reg = from, .off = offset, .imm = value};
}

static void load_map(uint8_t to, int fd) {
  emit(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, fd);
  emit(0, 0, 0, 0, 0);
}

/* r0 = number of records that found no room */
static int load_program(int ring, int templates, uint32_t numbers[KINDS][NUMBERS]) {
  emit(BPF_ST | BPF_W | BPF_MEM, BPF_REG_10, 0, -4, 0);
  load_map(BPF_REG_1, templates);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0);
  emit(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4);
  emit(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
  emit(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, 0);
  emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_0, 0, 0);
  emit(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_7, 0, 0, 0);
  for (int kind = 0; kind < KINDS; kind++) {
    load_map(BPF_REG_1, ring);
    emit(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_6, 0, 0);
    emit(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, kind * ROOM);
    emit(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, numbers[kind][SIZE]);
    emit(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, 0);
    emit(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output);
    emit(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, 0);
    emit(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_7, 0, 0, 1);
  }
  emit(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_7, 0, 0);
  emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  static char log[65536];
  union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
                               .insns = (uintptr_t)program,
                               .insn_cnt = length,
                               .license = (uintptr_t)"GPL",
                               .log_buf = (uintptr_t)log,
                               .log_size = sizeof log,
                               .log_level = 1};
  int fd = bpf(BPF_PROG_LOAD, &attributes);
  if (fd < 0) {
    fputs(log, stderr);
    fail("BPF_PROG_LOAD");
  }
  return fd;
}

int main(int argc, char *argv[]) {
  if (argc != 4) {
    fprintf(stderr, "usage: sensor-flood AGENT_PID PER_SECOND SECONDS < TEMPLATES\n");
    return 2;
  }
  double rate = atof(argv[2]);
  uint64_t count = rate * atof(argv[3]);
  uint32_t numbers[KINDS][NUMBERS];
  union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY,
                               .key_size = 4,
                               .value_size = KINDS * ROOM,
                               .max_entries = 1,
                               .map_flags = BPF_F_MMAPABLE};
  int templates = bpf(BPF_MAP_CREATE, &attributes);
  if (templates < 0) fail("BPF_MAP_CREATE");
  char *records = mmap(NULL, KINDS * ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, templates, 0);
  if (records == MAP_FAILED) fail("mmap");
  if (fread(numbers, sizeof numbers, 1, stdin) != 1 || fread(records, KINDS * ROOM, 1, stdin) != 1) fail("fread");
  int fd = load_program(open_ring(argv[1]), templates, numbers);

  uint64_t lost = 0;
  int64_t began = now(CLOCK_MONOTONIC);
  for (uint64_t i = 0; i < count; i++) {
    int64_t due = began + (int64_t)(i * 1e9 / rate);
    int64_t early = due - now(CLOCK_MONOTONIC);
    /* Sleeping for each one would cost more than the work: a hundred at a time. */
    if (early > 0 && i % 100 == 0) nanosleep(&(struct timespec){.tv_nsec = early}, NULL);
    uint32_t pid = FIRST_PID + i % PIDS;
    int64_t start = now(CLOCK_BOOTTIME);
    for (int kind = 0; kind < KINDS; kind++) {
      char *record = records + kind * ROOM;
      int64_t time = start + kind;
      memcpy(record + numbers[kind][PID], &pid, sizeof pid);
      memcpy(record + numbers[kind][TIME], &time, sizeof time);
      memcpy(record + numbers[kind][START], &start, sizeof start);
      if (numbers[kind][ARGUMENT] == 0) continue;
      char digits[DIGITS + 1];
      snprintf(digits, sizeof digits, "%0*llu", DIGITS, (unsigned long long)(i % NEW_ONES == 0 ? i % 100000000 : 0));
      memcpy(record + numbers[kind][ARGUMENT], digits, DIGITS);
    }
    union bpf_attr run = {.test = {.prog_fd = fd}};
    if (bpf(BPF_PROG_TEST_RUN, &run) < 0) fail("BPF_PROG_TEST_RUN");
    lost += run.test.retval;
  }
  printf("%llu %llu %lld\n", (unsigned long long)count, (unsigned long long)lost,
         (long long)(now(CLOCK_MONOTONIC) - began));
  return 0;
}
