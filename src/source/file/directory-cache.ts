/** @module What directories hold, read again only when they have changed. */
import * as fs from "node:fs";
import { codeOrText, isMissing } from "../../os/caught.ts";
import { lookAt } from "../stat.ts";

/** A listing is believed only when the directory has not changed for so long before it was made. */
const SETTLED_NS = 2_000_000_000n;

interface Listed {
  /** Differs when the directory has changed; empty when the listing is not to be believed any longer. */
  readonly state: string;
  readonly entries: readonly fs.Dirent[];
  /** Whether somebody asked since the last {@link DirectoryCache.sweep}. */
  isUsed: boolean;
}

/** Listings by path. */
export class DirectoryCache {
  readonly #listings = new Map<string, Listed>();
  readonly #failures = new Map<string, string>();

  /** Directories that could not be read since the last sweep, with the reason: not those that are missing. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** The entries of a directory. One that cannot be read holds what it held when it could. */
  entriesOf(directory: string): readonly fs.Dirent[] {
    const known = this.#listings.get(directory);
    if (known?.isUsed === true) return known.entries;
    const state = stateOf(directory);
    if (known !== undefined && state !== "" && state === known.state) {
      known.isUsed = true;
      return known.entries;
    }
    const listed = { state, entries: this.#read(directory, known?.entries ?? []), isUsed: true };
    this.#listings.set(directory, this.#failures.has(directory) ? { ...listed, state: "" } : listed);
    return listed.entries;
  }

  /** Begins another round: forgets directories that nobody has asked for in the last one. */
  sweep(): void {
    this.#failures.clear();
    for (const [directory, listed] of this.#listings) {
      if (listed.isUsed) listed.isUsed = false;
      else this.#listings.delete(directory);
    }
  }

  #read(directory: string, before: readonly fs.Dirent[]): readonly fs.Dirent[] {
    try {
      return fs.readdirSync(directory, { withFileTypes: true });
    } catch (error) {
      if (isMissing(error)) return [];
      this.#failures.set(directory, codeOrText(error));
      return before;
    }
  }
}

/** Before the directory is read, so that a change in between shows at the next look. */
function stateOf(directory: string): string {
  const stat = lookAt(directory);
  if (typeof stat === "string") return stat === "missing" ? "-" : "";
  const changed = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs;
  if (changed + SETTLED_NS > BigInt(Date.now()) * 1_000_000n) return "";
  return `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
