/** @module Exporter modules that misbehave in every way there is. */
import { type Acceptance, testFile } from "./acceptance.ts";

export const modules: Acceptance = testFile(
  {
    name: "modules",
    summary: "exporter modules that throw, end, loop, eat memory and lie, one agent each",
    description: `Runs dist/tetrad with a module that misbehaves at one event, in each way there is: the others are exported, that one is a dead
letter, and UDP has all of them. Takes half a minute.`,
  },
  { file: "./test/e2e/module.acceptance.ts", env: {} },
);
