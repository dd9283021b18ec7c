/** @module Small files of `/proc`, which do not say how long they are. */
import { closeSync, openSync, readSync } from "node:fs";

/** Reused: `readFileSync` takes a quarter of a megabyte for a file that claims to be empty. */
const buffer = Buffer.allocUnsafe(8192);

/** The text of a file, bytes as Latin-1. @throws The system's error when it cannot be read. */
export function readProcFile(path: string): string {
  const fd = openSync(path, "r");
  try {
    let text = "";
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      text += buffer.toString("latin1", 0, read);
    }
    return text;
  } finally {
    closeSync(fd);
  }
}
