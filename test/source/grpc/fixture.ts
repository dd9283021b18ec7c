import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  return {
    // Nothing listens on the port: it is tried again until the source is to end.
    working: { argument: "127.0.0.1:1" },
    failing: { never: "a server that is not there is tried again later" },
    [Symbol.dispose]() {},
  };
}
