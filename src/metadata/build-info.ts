/** @module What the build stamped into the executable (scripts/build.ts, `--define`). */

declare const TETRAD_VERSION: string;
declare const TETRAD_COMMIT: string;
declare const TETRAD_BUILD_DATE: string;
declare const TETRAD_TARGET: string;

/** Version, origin and target of this executable. A field that the build did not know is `undefined`. */
export interface BuildInfo {
  /** With a leading `v`, as Tetragon writes it: `v0.1.0`. */
  readonly version: string;
  /** Full git commit hash. */
  readonly commit: string | undefined;
  /** RFC 3339, UTC: the commit's date, so that a build can be reproduced. */
  readonly date: string | undefined;
  /** Bun's name of the target, `bun-linux-x64`; `undefined` when run from source. */
  readonly target: string | undefined;
}

function stamped(read: () => string): string | undefined {
  try {
    const value = read();
    return value === "" ? undefined : value;
  } catch {
    // Not defined: the program runs from source.
    return undefined;
  }
}

/** The stamp of this executable. */
export const BUILD_INFO: BuildInfo = {
  version: stamped(() => TETRAD_VERSION) ?? "v0.0.0-source",
  commit: stamped(() => TETRAD_COMMIT),
  date: stamped(() => TETRAD_BUILD_DATE),
  target: stamped(() => TETRAD_TARGET),
};
