/** @module What the servers that events go to have, and how they name it: the differences between them, in one place. */

/** What a server has. Everything that is made for it follows from this. */
export interface Flavour {
  readonly distribution: "elasticsearch" | "opensearch";
  /** `8.15.0` */
  readonly version: string;
  readonly hasDataStreams: boolean;
  /** How old indices are removed: Elastic's index lifecycle management, OpenSearch's index state management, or not at all. */
  readonly lifecycle: "ilm" | "ism" | "none";
  /** The type of long texts that are searched by their words. */
  readonly textType: "match_only_text" | "text";
  /** Whether a pipeline may have `_meta`; where not, its description says what it would. */
  readonly hasPipelineMeta: boolean;
}

/** What people deploy by other means than this command: the newest of each kind. */
export const PRINTED = {
  elasticsearch: {
    distribution: "elasticsearch",
    version: "8.0.0",
    hasDataStreams: true,
    lifecycle: "ilm",
    textType: "match_only_text",
    hasPipelineMeta: true,
  },
  opensearch: {
    distribution: "opensearch",
    version: "2.19.0",
    hasDataStreams: true,
    lifecycle: "ism",
    textType: "match_only_text",
    hasPipelineMeta: false,
  },
} as const satisfies Record<string, Flavour>;

/** Whether `version` is `major.minor` or later. */
export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
