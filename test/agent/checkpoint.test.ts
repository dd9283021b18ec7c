import { expect, test } from "bun:test";
import { join } from "node:path";
import { openCheckpoint } from "../../src/agent/checkpoint.ts";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { temporaryDirectory } from "../exporter/support.ts";

test("a second agent on one directory of a queue is told of the option that it was given", () => {
  using place = temporaryDirectory();
  const directory = join(place.path, "queue");
  const values = {
    ...OPTION_TABLE.defaults,
    "event-source": ["file:/nowhere"],
    "elasticsearch-hosts": ["http://127.0.0.1:9"],
    "elasticsearch-queue-dir": directory,
  };
  using _ = openCheckpoint(values);
  const start = `Cannot use --elasticsearch-queue-dir "${directory}" for its checkpoint: `;
  expect(() => openCheckpoint(values)).toThrow(start);
  const own = join(place.path, "own");
  using __ = openCheckpoint({ ...values, "checkpoint-file": own });
  expect(() => openCheckpoint({ ...values, "checkpoint-file": own })).toThrow(
    `Cannot use --checkpoint-file "${own}": `,
  );
});
