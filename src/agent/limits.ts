/** @module Limits that leave another option without a meaning. */
import type { OptionView } from "../config/config.ts";
import type { Findings } from "../config/findings.ts";
import { optionProblem } from "../config/layer.ts";
import type { OptionRows, ValuesOf } from "../config/option.ts";
import type { ComponentUse } from "./component-use.ts";
import { type AgentRows, OPTION_TABLE } from "./option-table.ts";
import { queueRows } from "./options/queue.ts";

const QUEUE = "event-queue-bytes";
const LINE = "max-line-size";

/**
 * An event that is longer than a whole queue is lost whenever it has to wait. Who asks for such events is refused; a queue
 * smaller than the longest event that is read by default may be meant so.
 */
export function queuesAndLines(config: OptionView<AgentRows>, used: readonly ComponentUse[]): Findings {
  const longest = config.values[LINE];
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const { definition, name, config: own, values } of used) {
    const queueBytes = queueBytesOf(values);
    if (!("isDurable" in definition) || queueBytes >= longest) continue;
    const queue = queueRows()[QUEUE].kind.format(queueBytes);
    const line = OPTION_TABLE.row(LINE).kind.format(longest);
    const whose = own === undefined ? "" : ` of exporter "${name}"`;
    if (config.isSet(LINE)) {
      const expected = `at most --${QUEUE}${whose}, ${queue}`;
      problems.push(optionProblem(LINE, { origin: config.origin(LINE), found: line, expected }));
    } else {
      const lost = `events above that are lost when they have to wait, and --${LINE} is ${line}`;
      warnings.push(`--${QUEUE}${whose} is ${queue}: ${lost}`);
    }
  }
  return { problems: [...new Set(problems)], warnings: [...new Set(warnings)] };
}

function queueBytesOf(values: ValuesOf<OptionRows>): number {
  return (values as ValuesOf<ReturnType<typeof queueRows>>)[QUEUE];
}
