/** @module The help text that a terminal is given. Loaded only when help is asked for. */
import { hasColors, terminalColumns } from "../../os/terminal.ts";
import type { CommandTable } from "../command.ts";
import { createLayout } from "./layout.ts";
import { renderCommandHelp, renderProgramHelp } from "./render.ts";

/** The command whose flags the help of the whole program describes: the one that runs when none is named. */
const AGENT = "run";

/**
 * The help of one command, or of the whole program without a `name`; as wide as the terminal, with colours where it has
 * them.
 */
export async function helpText(
  name: string | undefined,
  commands: CommandTable,
  { env, all }: { readonly env: Readonly<Record<string, string | undefined>>; readonly all: boolean },
): Promise<string> {
  const layout = createLayout({ columns: terminalColumns(env), colors: hasColors(1, env) });
  const command = await commands[name ?? AGENT]?.();
  if (command === undefined) throw new RangeError(`No command ${JSON.stringify(name)}`);
  if (name !== undefined) return renderCommandHelp(name, command, commands, { layout, all });
  const summaries = new Map<string, string>();
  for (const [each, load] of Object.entries(commands)) summaries.set(each, (await load()).help.summary);
  return renderProgramHelp(summaries, command, { layout, all });
}
