/** @module A file that an option names, such as a certificate. */
import { readFileSync } from "node:fs";
import { bareMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";
import { quote } from "./error.ts";

/** @throws TetradError `config` for one that cannot be read. */
export function readOptionFile(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TetradError("config", `Cannot read --${option} ${quote(path)}: ${bareMessage(error)}`, {
      cause: error,
    });
  }
}
