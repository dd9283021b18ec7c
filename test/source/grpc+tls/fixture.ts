import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  return {
    working: { argument: "127.0.0.1:1" },
    failing: { argument: "127.0.0.1:1", values: { "tls-ca-cert-files": ["/proc/none"] } },
    [Symbol.dispose]() {},
  };
}
