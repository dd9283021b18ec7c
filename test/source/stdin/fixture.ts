import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  return {
    working: {},
    failing: { never: "whoever started the agent has opened it" },
    [Symbol.dispose]() {},
  };
}
