/* Sends each line of a file to a topic of Kafka by librdkafka, as fast as it takes them: idempotent, zstd, with the key given.
 *   kafka-produce BROKERS TOPIC KEY FILE
 * Ends with 0 once all have been acknowledged. Links with -lrdkafka. */
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static long failed;

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
  (void)producer;
  (void)opaque;
  if (message->err) failed++;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) == RD_KAFKA_CONF_OK) return;
  fprintf(stderr, "%s\n", error);
  exit(2);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", argv[1]);
  set(conf, "enable.idempotence", "true");
  set(conf, "acks", "all");
  set(conf, "compression.codec", "zstd");
  set(conf, "compression.level", "1");
  set(conf, "linger.ms", "100");
  set(conf, "batch.num.messages", "1000");
  set(conf, "batch.size", "1000000");
  set(conf, "queue.buffering.max.messages", "100000");
  set(conf, "partitioner", "murmur2");
  rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  char error[512];
  rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (producer == NULL) {
    fprintf(stderr, "%s\n", error);
    return 2;
  }
  rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, argv[2], NULL);
  int fd = open(argv[4], O_RDONLY);
  struct stat state;
  if (fd < 0 || fstat(fd, &state) != 0) return 2;
  char *text = mmap(NULL, state.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  char *end = text + state.st_size;
  for (char *line = text; line < end;) {
    char *newline = memchr(line, '\n', end - line);
    if (newline == NULL) break;
    while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, line, newline - line, argv[3],
                            strlen(argv[3]), NULL) == -1) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) return 1;
      rd_kafka_poll(producer, 10);
    }
    rd_kafka_poll(producer, 0);
    line = newline + 1;
  }
  while (rd_kafka_outq_len(producer) > 0) rd_kafka_poll(producer, 100);
  return failed == 0 ? 0 : 1;
}
