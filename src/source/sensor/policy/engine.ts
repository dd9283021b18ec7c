/** @module The sensor's policies as the registry has them loaded. */
import { checkPolicies } from "../../../policy/check/index.ts";
import type { PolicyEngine } from "../../../policy/registry/index.ts";
import type { SensorPolicies } from "./policies.ts";

/** Has the sensor load what the registry says. */
export function policyEngine(policies: SensorPolicies): PolicyEngine {
  return {
    read: (text, file) => checkPolicies(text, { file, kernel: policies.kernel }),
    load: (key, policy, state) => policies.put(key, policy, state),
    unload: (key) => void policies.delete(key),
    configure: (key, state) => void policies.configure(key, state),
    expect: (documents) => policies.expect(documents),
    facts: (key) => policies.facts(key),
    drained: () => policies.drained(),
  };
}
