/** @module Options of exporter modules. */
import { duration, integer, list, path, size, text } from "../../config/kind.ts";
import { optionRows, type ValuesOf } from "../../config/option.ts";
import { deadLetterOptions } from "../delivery/dead-letter-options.ts";
import { queueOptions } from "../delivery/queue-options.ts";

const GROUP = "Exporter modules";
const COMMON = { group: GROUP, from: "tetrad", support: "used" } as const;
export const PREFIX = "export-module";

/** A key, and any value. */
const OPTION = /^[\w.-]+=/;

const QUEUE = queueOptions(PREFIX, GROUP);

export const moduleRows = optionRows(() => ({
  "export-module": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File of JavaScript or TypeScript that exports events as you wrote it: tetrad sdk writes an example. It runs in a process of its own. Only root and the agent's user may be able to change it, as with configuration.",
  },
  "export-module-options": {
    ...COMMON,
    placeholder: "KEY=VALUE,...",
    kind: list("options such as url=https://intake/", (item) => OPTION.test(item), { isItem: true }),
    default: "",
    description:
      "What the module is given as its options; as a flag, one each time it is given. What is secret is better in the variable TETRAGON_EXPORT_MODULE_OPTIONS or in a file that the module reads.",
    secret: true,
  },
  "export-module-user": {
    ...COMMON,
    placeholder: "USER[:GROUP]",
    kind: text(),
    default: "",
    description:
      "User that the module's process runs as, by name or number. Empty: who the agent is when it has started. It has no capabilities in either case.",
  },
  "export-module-max-memory": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 64 * 1024 ** 2, max: 1024 ** 4 }),
    default: "512M",
    description: "Resident memory of the module's process: one that has more is ended and started again.",
  },
  "export-module-timeout": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "30s",
    description:
      "How long the module may take to get ready, and to acknowledge anything of what it was given. One that takes longer is ended and started again.",
  },
  "export-module-batch-max-size": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 1000 }),
    default: "500",
    description: "Events of one batch at most.",
  },
  "export-module-batch-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 64 * 1024, max: 64 * 1024 ** 2 }),
    default: "1M",
    description:
      "Bytes of one batch. An event that is larger has its longest strings shortened until it fits and is marked as truncated.",
  },
  ...QUEUE,
  "export-module-backoff-init": { ...QUEUE["export-module-backoff-init"], default: "100ms" },
  "export-module-linger": { ...QUEUE["export-module-linger"], default: "20ms" },
  "export-module-when-full": {
    ...QUEUE["export-module-when-full"],
    default: "drop",
    description:
      "What a full queue does to sources that can wait, such as files: drop drops the newest events and counts them as queue_full, so that no module can hold up others; block has them wait, for all exporters, until the module takes events.",
  },
  ...deadLetterOptions(PREFIX, GROUP),
}));

/** The values of {@link moduleRows}. */
export type ModuleValues = ValuesOf<ReturnType<typeof moduleRows>>;
