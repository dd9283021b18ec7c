/**
 * A process of its own that exports to a file: `PATH COUNT PADDING`. It prints its counters at the end; the
 * tests end it earlier, or limit what it may write.
 */
import { batchOf, numbered, patient, start } from "../support.ts";
import { makeFileExporter } from "./support.ts";

const [path, count, padding] = process.argv.slice(2);
const { exporter, counters } = makeFileExporter({ path: path!, maxSizeMb: 1024 });
await start(exporter);
for (let sent = 0; sent < Number(count); sent += 50) {
  exporter.write(batchOf(numbered(sent, 50, Number(padding)), sent));
  await exporter.ready();
}
await exporter.stop(patient());
process.stdout.write(JSON.stringify(counters));
