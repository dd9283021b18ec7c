/** @module Says which options were set that have no effect in this version: nothing is silently ignored. */
import type { LoadedConfig } from "./config.ts";
import type { Support } from "./option.ts";
import { OPTION_NAMES, type OptionName, optionOf } from "./options.ts";

const MESSAGES: Record<Exclude<Support, "used">, string> = {
  server: "This version opens no server, so nothing listens for",
  sensor: "The sensor of this version does not have these, so there is no effect of",
  ignored: "Accepted for Tetragon's sake, without effect in tetrad:",
};
const SUPPORTS = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];

/** At most one line for each sort of support that is not `used`. */
export function supportWarnings(config: Pick<LoadedConfig, "values" | "isSet">): string[] {
  const asked = OPTION_NAMES.filter((name) => config.isSet(name) && asksForSomething(name, config));
  return SUPPORTS.flatMap((support) => {
    const names = asked.filter((name) => optionOf(name).support === support);
    return names.length === 0 ? [] : [`${MESSAGES[support]} ${names.map((name) => `--${name}`).join(", ")}`];
  });
}

/** A ConfigMap spells out what it does not want, too: `metrics-server: ""`, `enable-process-cred: "false"`. */
function asksForSomething(name: OptionName, { values }: Pick<LoadedConfig, "values">): boolean {
  const option = optionOf(name);
  const text = option.kind.format(values[name]);
  switch (option.support) {
    case "server":
      return text !== "" && text !== "false";
    case "sensor":
      return text !== option.kind.format(option.kind.parse(option.default));
    default:
      return true;
  }
}
