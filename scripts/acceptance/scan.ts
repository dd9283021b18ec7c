/** @module Ten million mutated lines: whether the scanner is sure of one that the schemas refuse. */
import { testFile } from "./acceptance.ts";

export const scan = testFile(
  {
    name: "scan",
    summary: "10,000,000 mutated lines: the scanner is sure only where JSON.parse and the schemas agree",
    description: `Runs test/event/scan/soundness.test.ts with 10,000,000 mutated lines, from another seed each time; TETRAD_TEST_SEED
repeats one. Takes about three minutes.`,
  },
  { file: "test/event/scan/soundness.test.ts", env: { TETRAD_TEST_MUTATED_LINES: "10000000" } },
);
