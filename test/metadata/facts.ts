/** Facts of an agent that is only tested. */
import type { AgentFacts } from "../../src/metadata/document.ts";

export function testFacts(): AgentFacts {
  return {
    build: { version: "v0.0.0", commit: undefined, date: undefined, target: undefined },
    startedAt: new Date(0),
    startId: "start",
    pid: 1,
    host: { hostname: undefined, kernelVersion: undefined },
    configDigest: "",
    intervalMs: 0,
    fields: new Map(),
  };
}
