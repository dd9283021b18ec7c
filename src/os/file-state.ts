/** @module Tells whether files have changed, or others have taken their place. */
import { fs } from "./fs.ts";

/** A text that is another one once one of the files has changed. */
export function stateOfFiles(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = fs().statSync(path, { bigint: true });
        return [dev, ino, size, mtimeNs, ctimeNs].join(":");
      } catch {
        return "";
      }
    })
    .join(" ");
}
