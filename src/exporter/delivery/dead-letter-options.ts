/** @module Options of where an exporter keeps what its receiver refuses for good. */
import type { Condition, PathNeed } from "../../component/definition.ts";
import { path, size } from "../../config/kind.ts";
import type { OptionRows, ValuesOf } from "../../config/option.ts";
import { prefixed, type SharedRows, unprefixed } from "../../config/prefixed.ts";
import type { DeadLetterFile } from "./dead-letters.ts";

const COMMON = { from: "tetrad", support: "used" } as const;

const DEAD_LETTER_ROWS = {
  "dead-letter-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "File that events are kept in which the receiver refuses for good, one JSON object a line with the reason. Empty: they are counted as refused, and a sample is logged.",
  },
  "dead-letter-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 64 * 1024, max: 1024 ** 4 }),
    default: "100M",
    description: "Bytes that the file takes at most.",
  },
} as const satisfies SharedRows;

/** The options under a prefix. @param group Title of their section. */
export function deadLetterOptions<const P extends string>(prefix: P, group: string) {
  return prefixed(prefix, group, DEAD_LETTER_ROWS);
}

/** What they name. */
export function deadLetterFile(prefix: string, values: ValuesOf<OptionRows>): DeadLetterFile | undefined {
  const own = unprefixed(prefix, DEAD_LETTER_ROWS, values);
  const file = own["dead-letter-file"];
  return file === "" ? undefined : { path: file, maxBytes: own["dead-letter-max-bytes"] };
}

/** The limit of the file needs the file. */
export function deadLetterCondition(prefix: string, values: ValuesOf<OptionRows>): Condition {
  return {
    options: [`${prefix}-dead-letter-max-bytes`],
    without: `Without --${prefix}-dead-letter-file`,
    isMet: values[`${prefix}-dead-letter-file`] !== "",
  };
}

/** What such an exporter writes. */
export function deadLetterWrites(prefix: string, values: ValuesOf<OptionRows>): readonly PathNeed[] {
  const file = deadLetterFile(prefix, values);
  return file === undefined ? [] : [{ path: file.path, option: `${prefix}-dead-letter-file` }];
}
