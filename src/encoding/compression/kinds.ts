/** @module Kinds of compression. */

/** As users name them. */
export const COMPRESSIONS = ["none", "zstd", "gzip", "zlib"] as const;

/** One of {@link COMPRESSIONS}. */
export type Compression = (typeof COMPRESSIONS)[number];
