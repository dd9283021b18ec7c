/** @module Options that exporters have in common that send in bulks and may have a queue on disk, each under its own prefix. */

import type { Condition, PathNeed } from "../../component/definition.ts";
import { duration, path, size } from "../../config/kind.ts";
import type { OptionRows, ValuesOf } from "../../config/option.ts";
import { prefixed, type SharedRows, unprefixed } from "../../config/prefixed.ts";
import type { OwnCheckpoint } from "../exporter.ts";
import { WHEN_FULL } from "../when-full.ts";

const COMMON = { from: "tetrad", support: "used" } as const;

/** By their short names. */
export const QUEUE_ROWS = {
  linger: {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 0, max: 60_000 }),
    default: "100ms",
    description: "How long events wait for others, so that they are sent together.",
  },
  "backoff-init": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000 }),
    default: "1s",
    description:
      "How long is waited after a first failure; after each further one twice as long, less a random part.",
  },
  "backoff-max": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000 }),
    default: "30s",
    description: "The longest of these waits.",
  },
  "queue-dir": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "Directory of a queue on disk: events in it survive a kill and a restart. Empty: events wait in memory, in the queue that every exporter has.",
  },
  "queue-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 1024 ** 2, max: 16 * 1024 ** 4 }),
    default: "1G",
    description: "Bytes that the queue on disk takes at most.",
  },
  "queue-sync": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 10, max: 3_600_000, zero: true }),
    default: "1s",
    description:
      "How often what is in the queue is brought to the disk itself (fdatasync): what is younger is lost with the power. 0: the kernel decides.",
  },
  "when-full": {
    ...WHEN_FULL,
    description:
      "What a full queue does to sources that can wait, such as files: block has them wait, for all exporters, until the receiver takes events; drop drops the newest events and counts them as queue_full.",
  },
} as const satisfies SharedRows;

/** The options under a prefix. @param group Title of their section. */
export function queueOptions<const P extends string>(prefix: P, group: string) {
  return prefixed(prefix, group, QUEUE_ROWS);
}

/** Where a checkpoint is kept that follows such an exporter. */
export function queueCheckpoint(prefix: string, values: ValuesOf<OptionRows>): OwnCheckpoint | undefined {
  const { "queue-dir": directory } = unprefixed(prefix, QUEUE_ROWS, values);
  if (directory === "") return undefined;
  return { path: `${directory}/checkpoint`, option: `${prefix}-queue-dir`, directory };
}

/** Options of the queue on disk need its directory. */
export function queueCondition(prefix: string, values: ValuesOf<OptionRows>): Condition {
  return {
    options: [`${prefix}-queue-max-bytes`, `${prefix}-queue-sync`],
    without: `Without --${prefix}-queue-dir there is no queue on disk, so`,
    isMet: values[`${prefix}-queue-dir`] !== "",
  };
}

/** What such an exporter writes. */
export function queueWrites(prefix: string, values: ValuesOf<OptionRows>): readonly PathNeed[] {
  const { "queue-dir": directory } = unprefixed(prefix, QUEUE_ROWS, values);
  return directory === "" ? [] : [{ path: `${directory}/cursor`, option: `${prefix}-queue-dir` }];
}
