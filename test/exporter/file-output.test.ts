import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { FileOutput } from "../../src/exporter/file-output.ts";
import { TetradError } from "../../src/os/error.ts";
import { makeFileExporter } from "./file/support.ts";
import { patient, temporaryDirectory } from "./support.ts";

test("standard output that is the file of another exporter is refused, as long as that has it", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "events.log");
  const { exporter } = makeFileExporter({ path });
  await exporter.start();
  const fd = openSync(path, "a");
  try {
    const output = new FileOutput(fd);
    await expect(output.open()).rejects.toThrow(
      new TetradError(
        "config",
        "Cannot use --export-stdout: another exporter writes to it, needed a place for events alone",
      ),
    );
    await output.close();
    exporter.begin();
    await exporter.stop(patient());
    await output.open();
    const { exporter: second } = makeFileExporter({ path });
    await expect(second.start()).rejects.toThrow("another exporter writes to it");
    await output.close();
    await second.stop(patient());
  } finally {
    closeSync(fd);
  }
});
