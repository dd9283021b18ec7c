/** @module The help text that a terminal is given. Loaded only when help is asked for. */
import { hasColors, terminalColumns } from "../../os/terminal.ts";
import type { Command, CommandTable } from "../command.ts";
import { createLayout } from "./layout.ts";
import { renderCommandHelp, renderGroupHelp, renderProgramHelp } from "./render.ts";

/** The command whose flags the help of the whole program describes: the one that runs when none is named. */
const AGENT = "run";

/**
 * The help of one command, or of the whole program without `named`; as wide as the terminal, with colours where it has
 * them.
 * @param named Its name begins with those of the commands above it: `loglevel get`.
 */
export async function helpText(
  named: { readonly name: string; readonly command: Command } | undefined,
  commands: CommandTable,
  { env, all }: { readonly env: Readonly<Record<string, string | undefined>>; readonly all: boolean },
): Promise<string> {
  const layout = createLayout({ columns: terminalColumns(env), colors: hasColors(1, env) });
  if (named === undefined) {
    const agent = await commands[AGENT]?.();
    if (agent === undefined) throw new RangeError(`No command ${JSON.stringify(AGENT)}`);
    return renderProgramHelp(await summariesOf(commands), agent, { layout, all });
  }
  const { name, command } = named;
  if (command.commands !== undefined)
    return renderGroupHelp(name, command, { summaries: await summariesOf(command.commands), layout });
  return renderCommandHelp(name, command, commands, { layout, all });
}

async function summariesOf(commands: CommandTable): Promise<Map<string, string>> {
  const summaries = new Map<string, string>();
  for (const [each, load] of Object.entries(commands)) summaries.set(each, (await load()).help.summary);
  return summaries;
}
