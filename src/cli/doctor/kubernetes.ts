/** @module `tetrad doctor --kubernetes`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../agent/config.ts";
import { OPTION_TABLE } from "../../agent/option-table.ts";
import { boolean, checkedText } from "../../config/kind.ts";
import type { OptionRows, ValuesOf } from "../../config/option.ts";
import { printable } from "../../lib/text/printable.ts";
import { hasColors, screenColumns } from "../../os/terminal.ts";
import type { CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit-code.ts";
import { renderFindings } from "./report.ts";

const KUBERNETES_NAME = "a name of Kubernetes: up to 63 of a-z, 0-9 and -, the last neither first nor last";
const isLabel = (name: string): boolean => /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

const OWN = { group: "Kubernetes", from: "tetrad", support: "used" } as const;

/** Flags of the walk through a cluster. */
export const CLUSTER_FLAGS = {
  kubernetes: {
    ...OWN,
    kind: boolean(),
    default: "false",
    description: "Ask the API server why clients in the cluster do not reach the agents. Changes nothing.",
  },
  "kubernetes-namespace": {
    ...OWN,
    placeholder: "NAME",
    kind: checkedText(KUBERNETES_NAME, isLabel),
    default: "kube-system",
    description: "With --kubernetes: namespace of the agents and of the Service.",
  },
  "kubernetes-service": {
    ...OWN,
    placeholder: "NAME",
    kind: checkedText(KUBERNETES_NAME, isLabel),
    default: "tetragon-grpc",
    description: "With --kubernetes: Service that clients connect to.",
  },
  "k8s-kubeconfig-path": {
    ...OPTION_TABLE.rows["k8s-kubeconfig-path"],
    description: "Credentials for the Kubernetes API. Empty: the pod's own, or ~/.kube/config.",
  },
} as const satisfies OptionRows;

/** Walks through what may be wrong, and names the first fault. @returns The exit code. @throws TetradError */
export async function runClusterDoctor(
  flags: ValuesOf<typeof CLUSTER_FLAGS>,
  { env, print }: Pick<CommandContext, "env" | "print">,
): Promise<number> {
  const { diagnoseCluster } = await import("../../kubernetes/diagnosis/index.ts");
  const findings = await diagnoseCluster({
    environment: env,
    kubeconfig: flags["k8s-kubeconfig-path"] || (await usualKubeconfig(env)),
    namespace: flags["kubernetes-namespace"],
    service: flags["kubernetes-service"],
  });
  // Pods and Services are others' to name, and what is wrong with them others' to say.
  const shown = findings.map((finding) => ({ ...finding, found: printable(finding.found) }));
  const report = renderFindings(shown, { columns: screenColumns(), colors: hasColors(1, env) });
  const first = findings.find(({ answer }) => answer === "no");
  const verdict =
    first === undefined ? "Nothing is wrong that can be seen from here." : `What is wrong: ${first.name}.`;
  print(`${report}${verdict}\n`);
  return first === undefined ? EXIT_OK : EXIT_FAILED;
}

/** What the agent's configuration says, then kubectl's file; `""` in a pod. */
async function usualKubeconfig(env: CommandContext["env"]): Promise<string> {
  const { values } = await readConfig({ argv: [], env });
  const ofAgent = values["k8s-kubeconfig-path"];
  if (ofAgent !== "" || env.KUBERNETES_SERVICE_HOST) return ofAgent;
  const ofUser = join(env.HOME ?? "/root", ".kube/config");
  return existsSync(ofUser) ? ofUser : "";
}
