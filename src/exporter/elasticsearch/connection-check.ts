/** @module What the options of a connection must say together. */
import type { OptionView } from "../../config/config.ts";
import type { Findings } from "../../config/findings.ts";
import type { CONNECTION_OPTIONS, ConnectionValues } from "./connection-options.ts";

/** What is wrong with the options of a connection among themselves. */
export function checkConnection({ values }: OptionView<typeof CONNECTION_OPTIONS>): Findings {
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
  if (isSet("elasticsearch-tls-cert-file") !== isSet("elasticsearch-tls-key-file"))
    problems.push(
      "Cannot use one of --elasticsearch-tls-cert-file and --elasticsearch-tls-key-file alone: expected both",
    );
  return { problems };
}
