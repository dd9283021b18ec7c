/** @module What the options of a connection must say together. */
import type { OptionView } from "../../config/config.ts";
import type { Findings } from "../../config/findings.ts";
import { checkTls } from "../tls-options.ts";
import type { ConnectionValues, connectionRows } from "./connection-options.ts";

/** What is wrong with the options of a connection among themselves. */
export function checkConnection(config: OptionView<ReturnType<typeof connectionRows>>): Findings {
  const { values } = config;
  const problems: string[] = [];
  const isSet = (name: keyof ConnectionValues) => String(values[name]) !== "";
  const one = (a: keyof ConnectionValues, b: keyof ConnectionValues) => {
    if (isSet(a) && isSet(b))
      problems.push(`Cannot use --${a} with --${b}: found both, expected one of them`);
  };
  one("elasticsearch-api-key", "elasticsearch-api-key-file");
  one("elasticsearch-password", "elasticsearch-password-file");
  for (const key of ["elasticsearch-api-key", "elasticsearch-api-key-file"] as const)
    one(key, "elasticsearch-user");
  for (const name of ["elasticsearch-password", "elasticsearch-password-file"] as const)
    if (isSet(name) && !isSet("elasticsearch-user"))
      problems.push(`Cannot use --${name} without --elasticsearch-user: found no user, expected one`);
  return { problems: [...problems, ...(checkTls("elasticsearch", config).problems ?? [])] };
}
