/** What exporter modules may do wrong, each with an agent of its own: `npm run acceptance -- modules`. */
import { afterEach, describe, test } from "bun:test";
import { cleanUp } from "./harness.ts";
import { HOSTILE, meet } from "./module-harness.ts";

afterEach(cleanUp);

describe("a module that at one event", () => {
  test.each(HOSTILE)("$does gets the others, loses that one, and UDP has all of them", async (hostile) => {
    await meet(hostile, hostile.code.startsWith("throw"));
  });
});
