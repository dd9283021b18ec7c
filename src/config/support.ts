/** @module Says which options were set that have no effect in this version: nothing is silently ignored. */
import type { OptionView } from "./config.ts";
import type { Option, Support } from "./option.ts";
import type { OptionTable } from "./table.ts";

const MESSAGES: Record<Exclude<Support, "used">, string> = {
  server: "This version lacks these servers, so nothing listens for",
  sensor: "The sensor of this version does not have these, so they have no effect:",
  ignored: "Accepted for Tetragon's sake, without effect in tetrad:",
};
const SUPPORTS = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];

/** At most one line for each sort of support that is not `used`. */
export function supportWarnings(table: OptionTable, config: Pick<OptionView, "values" | "isSet">): string[] {
  const asked = table.names.filter(
    (name) => config.isSet(name) && asksForSomething(table.row(name), config.values[name]),
  );
  return SUPPORTS.flatMap((support) => {
    const names = asked.filter((name) => table.row(name).support === support);
    return names.length === 0 ? [] : [`${MESSAGES[support]} ${names.map((name) => `--${name}`).join(", ")}`];
  });
}

/** A ConfigMap spells out what it does not want, too: `metrics-server: ""`, `enable-process-cred: "false"`. */
function asksForSomething(option: Option, value: unknown): boolean {
  const text = option.kind.format(value);
  switch (option.support) {
    case "server":
      return text !== "" && text !== "false";
    case "sensor":
      return text !== option.kind.format(option.kind.parse(option.default));
    default:
      return true;
  }
}
