import type { ComponentFixture } from "../../component/fixture.ts";

export function createFixture(): ComponentFixture {
  return {
    // The port of "discard": nobody listens, and nobody need.
    working: { values: { "udp-output-address": "127.0.0.1", "udp-output-port": 9 } },
    failing: { values: { "udp-output-address": "fe80::1%no-such-interface" } },
    [Symbol.dispose]() {},
  };
}
