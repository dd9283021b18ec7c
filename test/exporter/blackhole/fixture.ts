import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  return { working: {}, failing: { never: "it opens nothing" }, [Symbol.dispose]() {} };
}
