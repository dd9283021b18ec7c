/** @module The values that options have when nothing is set, so that a start need not make every row of the table. */
import { OPTION_SECTIONS } from "../../src/agent/option-table.ts";
import { defaultsOf } from "../../src/config/table.ts";

/** `src/agent/option-defaults.ts`. @throws Error for an option that two sections have. */
export function renderOptionDefaults(): Record<string, string> {
  const sections = OPTION_SECTIONS.map(defaultsOf);
  const names = sections.flatMap((section) => Object.keys(section));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`Cannot make the table of options: --${twice} is there twice`);
  // One option a line: who adds one changes one.
  const text = sections.map((section) => {
    const lines = Object.entries(section).map(
      ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    );
    return `{\n${lines.join(",\n")}\n}`;
  });
  return {
    "src/agent/option-defaults.ts": `// Generated from the components' options.ts by scripts/generate.ts: edit there.
/** @module The value that every option has when nothing is set. A text, which is read faster than rows are made. */

/** By section of the table, in its order. */
export const OPTION_DEFAULTS = JSON.parse(\`[
${text.join(",\n").replace(/[\\`]|\$\{/g, "\\$&")}
]\`) as readonly Readonly<Record<string, unknown>>[];
`,
  };
}
