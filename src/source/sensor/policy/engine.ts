/** @module The sensor's policies as the registry has them loaded. */
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import type { NodeLabels } from "../../../pipeline/enrich/container.ts";
import { checkPolicies } from "../../../policy/check/index.ts";
import { isForNode } from "../../../policy/node.ts";
import type { Policy } from "../../../policy/policy.ts";
import type { PolicyEngine } from "../../../policy/registry/index.ts";
import { isInternal } from "../../../telemetry/internal-errors.ts";
import { asLoaded } from "./builtin-form.ts";
import { hostLabel } from "./host-labels.ts";
import type { SensorPolicies } from "./policies.ts";

/**
 * Has the sensor load what the registry says.
 * @param report Hears of errors of our own, which are the end of the policy that they came with and of nothing else.
 */
export function policyEngine(
  policies: SensorPolicies,
  report: (error: unknown) => void,
  {
    nodeLabels: node,
    makesRequests = false,
    warn,
  }: {
    readonly nodeLabels?: NodeLabels | undefined;
    readonly makesRequests?: boolean | undefined;
    /** @default nobody hears */
    readonly warn?: (message: string) => void;
  } = {},
): PolicyEngine {
  /** Where nobody can say, it is held to this kernel all the same. */
  const isForOthers = (policy: Policy): boolean => {
    try {
      return !isForNode(policy, hostLabel, node?.current);
    } catch {
      return false;
    }
  };
  /** @throws TetradError for any error. */
  const contained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof TetradError) throw cause;
      const message = errorMessage(cause);
      if (!isInternal(cause)) throw new TetradError("failed", message, { cause });
      report(cause);
      throw new TetradError("failed", `an error of tetrad's own, please report it: ${message}`, { cause });
    }
  };
  policies.workloads.onError = report;
  if (warn !== undefined) policies.workloads.onWarning = warn;
  return {
    read: (text, file) => {
      try {
        const kernel = policies.kernel;
        return contained(() => {
          const isForHere = (policy: Policy) => !isForOthers(policy);
          return asLoaded(checkPolicies(text, { file, kernel, isForHere, makesRequests }), file, kernel);
        });
      } catch (error) {
        const what = { severity: "error", kind: "mistake", path: "", expected: "", cure: "" } as const;
        const finding = { ...what, file, at: { line: 1, column: 1 }, found: errorMessage(error) };
        return { policies: [], open: [], findings: [finding] };
      }
    },
    isForHere: (policy) => contained(() => isForNode(policy, hostLabel, node?.current)),
    load: (key, policy, state) => contained(() => policies.put(key, policy, state)),
    unload: (key) => void policies.delete(key),
    configure: (key, state) => void policies.configure(key, state),
    expect: (documents) => policies.expect(documents),
    facts: (key) => policies.facts(key),
    begin: (container) => policies.workloads.begin(container),
    get containers() {
      return policies.workloads.figures;
    },
    drained: () => policies.drained(),
  };
}
