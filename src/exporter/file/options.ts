/** @module Options of the file exporter. */
import { boolean, duration, filePermissions, integer, path } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";
import { WHEN_FULL } from "../when-full.ts";

export const fileRows = optionRows(() => ({
  "export-filename": {
    group: "File and standard output",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Also write events to this file, one JSON document a line. Empty: no file is written.",
  },
  "export-file-max-size-mb": {
    group: "File and standard output",
    from: "tetragon",
    support: "used",
    placeholder: "MIB",
    kind: integer({ min: 1, max: 1024 ** 2 }),
    default: "10",
    description: "Rotate the export file before it grows beyond this many mebibytes.",
  },
  "export-file-max-backups": {
    group: "File and standard output",
    from: "tetragon",
    support: "used",
    placeholder: "COUNT",
    kind: integer({ min: 0, max: 100_000 }),
    default: "5",
    description: "How many rotated export files are kept; 0 keeps all of them.",
  },
  "export-file-rotation-interval": {
    group: "File and standard output",
    from: "tetragon",
    support: "used",
    placeholder: "DURATION",
    kind: duration({ min: 1000, zero: true }),
    default: "0s",
    description: "Rotate the export file this often, besides by size. 0s: by size only.",
  },
  "export-file-compress": {
    group: "File and standard output",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description: "Compress rotated export files with gzip.",
  },
  "export-file-perm": {
    group: "File and standard output",
    from: "tetragon",
    support: "used",
    placeholder: "OCTAL",
    kind: filePermissions(),
    default: "600",
    description:
      "Permissions of export files, in octal. The owner may always read and write; others never write and nobody executes, whatever is given.",
  },
  "export-file-when-full": {
    group: "File and standard output",
    ...WHEN_FULL,
    description:
      "What a full queue does to sources that can wait (files, standard input): block makes them wait as long as it takes, so that nothing is lost; drop drops events and counts them as queue_full.",
  },
}));
