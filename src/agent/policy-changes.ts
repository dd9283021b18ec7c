/** @module Whether tracing policies may come, change and go while the agent runs: then it keeps the rights to load them. */
import { existsSync } from "node:fs";
import type { OptionValues } from "./option-table.ts";
import type { ServerUse } from "./server-use.ts";

/** @param servers Those that are open. */
export function policiesMayCome(
  values: Pick<
    OptionValues,
    "no-runtime-policies" | "tracing-policy-dir" | "enable-k8s-api" | "enable-tracing-policy-crd"
  >,
  servers: readonly Pick<ServerUse, "definition">[],
): boolean {
  if (values["no-runtime-policies"]) return false;
  if (values["enable-k8s-api"] && values["enable-tracing-policy-crd"]) return true;
  const { "tracing-policy-dir": directory } = values;
  if (servers.some(({ definition }) => definition.bringsPolicies === true)) return true;
  return directory !== "" && existsSync(directory);
}
