/** @module Options of the queue that every exporter has. */
import { integer, size } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const queueRows = optionRows(() => ({
  "event-queue-size": {
    group: "Queues and limits",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 10_000_000 }),
    default: "10000",
    description:
      "How many events each exporter may queue while it cannot send. When it is full, sources that can wait do so where the exporter blocks; all other events are dropped and counted as queue_full.",
  },
  "event-queue-bytes": {
    group: "Queues and limits",
    from: "tetrad",
    support: "used",
    placeholder: "SIZE",
    kind: size({ min: 64 * 1024, max: 4 * 1024 ** 3 }),
    default: "16M",
    description:
      "How many bytes of events each exporter may queue; whichever of the two limits is met first counts.",
  },
}));
