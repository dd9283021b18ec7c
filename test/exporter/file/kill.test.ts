import { describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { metadataOf, numbersIn, patient, range, start, temporaryDirectory, until } from "../support.ts";
import { makeFileExporter } from "./support.ts";

const CHILD = join(import.meta.dir, "writer-child.ts");
const KILLS = 12;

describe("createFileExporter() killed while it writes", () => {
  test("leaves nothing but whole lines and, at most, a torn end that the next start cuts off", async () => {
    using directory = temporaryDirectory();
    for (let i = 0; i < KILLS; i++) {
      const path = join(directory.path, `events-${i}.log`);
      // Lines of 20 KB make it likely that the kill comes in the middle of one.
      const child = Bun.spawn([process.execPath, CHILD, path, "1000000", "20000"], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      const enough = Math.floor(200_000 + Math.random() * 8_000_000);
      await until(() => sizeOf(path) > enough || child.exitCode !== null, "the child has written");
      child.kill("SIGKILL");
      await child.exited;
      expect(child.signalCode).toBe("SIGKILL");

      const text = readFileSync(path, "utf8");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      const numbers = numbersIn(whole);
      expect(numbers).toEqual(range(0, numbers.length));

      const { exporter, messages } = makeFileExporter({
        path,
        // The child may have written any amount before the kill came.
        maxSizeMb: 1024,
        metadata: metadataOf(`{"n":${numbers.length}}`),
      });
      await start(exporter);
      await exporter.stop(patient());
      expect(numbersIn(readFileSync(path, "utf8"))).toEqual(range(0, numbers.length + 1));
      expect(messages.some((line) => line.includes("torn event"))).toBe(whole.length < text.length);
    }
  }, 60_000);
});

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
