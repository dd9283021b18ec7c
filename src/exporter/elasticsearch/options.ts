/** @module Options of the Elasticsearch exporter; those of the connection are in `connection-options.ts`. */
import { checkedText, choice, duration, integer, path, size } from "../../config/kind.ts";
import { optionRows, type ValuesOf } from "../../config/option.ts";
import { WHEN_FULL } from "../when-full.ts";
import { connectionRows } from "./connection-options.ts";

const COMMON = { group: "Elasticsearch", from: "tetrad", support: "used" } as const;

/** Where documents go by default, and Elastic's own integration, too. */
export const DEFAULT_INDEX = "logs-tetragon.log-default";

/** What Elasticsearch allows: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create */
const isIndexName = (name: string): boolean =>
  /^[^-_+A-Z\\/*?"<>| ,#:][^A-Z\\/*?"<>| ,#:]*$/.test(name) && Buffer.byteLength(name) <= 255;

export const elasticsearchRows = optionRows(() => ({
  ...connectionRows(),
  "elasticsearch-index": {
    ...COMMON,
    placeholder: "NAME",
    kind: checkedText("the name of a data stream, an index or an alias, in lower case", isIndexName),
    default: DEFAULT_INDEX,
    description:
      "Data stream, index or alias that documents are created in. Of a name such as logs-tetragon.log-default, the parts between the dashes are data_stream.type, .dataset and .namespace of each document.",
  },
  "elasticsearch-compression": {
    ...COMMON,
    placeholder: "auto|none|gzip",
    kind: choice(["auto", "none", "gzip"]),
    default: "auto",
    description:
      "How requests are compressed. auto: gzip, unless all nodes are on this host. It makes documents a sixth of their size and takes the agent twice the CPU.",
  },
  "elasticsearch-workers": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 32 }),
    default: "3",
    description: "Bulk requests in flight at most. Each has memory for one.",
  },
  "elasticsearch-bulk-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 64 * 1024, max: 64 * 1024 ** 2 }),
    default: "5M",
    description: "Bytes of one bulk request, before compression. A document that is larger goes alone.",
  },
  "elasticsearch-bulk-max-size": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 100_000 }),
    default: "5000",
    description: "Documents of one bulk request at most.",
  },
  "elasticsearch-linger": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 0, max: 60_000 }),
    default: "500ms",
    description: "How long events wait for others to fill a request.",
  },
  "elasticsearch-backoff-init": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000 }),
    default: "1s",
    description:
      "How long is waited after a first failure; after each further one twice as long, less a random part. Retry-After is obeyed where it is longer.",
  },
  "elasticsearch-backoff-max": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000 }),
    default: "30s",
    description: "The longest of these waits.",
  },
  "elasticsearch-queue-dir": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "Directory of a queue on disk: events in it survive a kill and a restart, and each is in the index exactly once. Empty: events wait in memory, in the queue that every exporter has.",
  },
  "elasticsearch-queue-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 1024 ** 2, max: 16 * 1024 ** 4 }),
    default: "1G",
    description: "Bytes that the queue on disk takes at most.",
  },
  "elasticsearch-queue-sync": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000, zero: true }),
    default: "1s",
    description:
      "How often what is in the queue is brought to the disk itself (fdatasync): what is younger is lost with the power. 0: the kernel decides.",
  },
  "elasticsearch-when-full": {
    ...COMMON,
    ...WHEN_FULL,
    group: "Elasticsearch",
    description:
      "What a full queue does to sources that can wait, such as files: block has them wait, for all exporters, until the cluster takes events; drop drops the newest events and counts them as queue_full.",
  },
  "elasticsearch-dead-letter-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that documents are kept in which the cluster refuses for good, one JSON object a line with the reason. Empty: they are counted as refused, and a sample is logged.",
  },
  "elasticsearch-dead-letter-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 64 * 1024, max: 1024 ** 4 }),
    default: "100M",
    description: "Bytes that the file takes at most.",
  },
}));

/** The values of {@link elasticsearchRows}. */
export type ElasticsearchValues = ValuesOf<ReturnType<typeof elasticsearchRows>>;
