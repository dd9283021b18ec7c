/** @module A real shell that completes a line. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onEnd, temporaryDirectory, until } from "./harness.ts";

export type ShellName = "bash" | "zsh" | "fish";

/**
 * What a shell offers for the unfinished `line`: whole words, as they would stand on the line.
 * @param setup commands that the shell runs first
 */
export type Completer = (line: string) => Promise<string[]>;

/** Starts `name` with nothing of the user's; it runs until the test ends. */
export async function startShell(name: ShellName, setup: readonly string[]): Promise<Completer> {
  if (name === "fish") return (line) => askFish(setup, line);
  const shell = new TerminalShell(name);
  await shell.ready([...setup, ...INSERT_ALL[name]]);
  return (line) => shell.complete(line);
}

/** fish says what it would offer without a terminal. */
async function askFish(setup: readonly string[], line: string): Promise<string[]> {
  const script = [...setup, `complete -C ${JSON.stringify(line)}`].join("\n");
  const child = Bun.spawn(["fish", "--no-config", "-c", script], { stderr: "inherit", env: environment() });
  const lines = (await child.stdout.text()).trimEnd().split("\n");
  return lines.map((each) => each.split("\t", 1)[0] as string);
}

function environment(home = temporaryDirectory()): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: home, TERM: "dumb", LC_ALL: "C.UTF-8" };
}

const COMMANDS = { bash: ["bash", "--norc", "--noprofile", "-i"], zsh: ["zsh", "-f", "-i"] } as const;

/** Ctrl-T puts every completion on the line, Ctrl-G writes the line to a file and empties it. */
const INSERT_ALL = {
  bash: [
    `bind '"\\C-t": insert-completions'`,
    `give_line() { printf '%s' "$READLINE_LINE" >"$HOME/line.part"; mv "$HOME/line.part" "$HOME/line"; READLINE_LINE=; }`,
    `bind -x '"\\C-g": give_line'`,
  ],
  zsh: [
    "zle -C insert-all complete-word _generic",
    "zstyle ':completion:insert-all:*' completer _all_matches _complete",
    "zstyle ':completion:insert-all:*' insert true",
    "bindkey '^T' insert-all",
    `give-line() { print -rn -- "$BUFFER" >$HOME/line.part; mv $HOME/line.part $HOME/line; BUFFER=; }`,
    "zle -N give-line",
    "bindkey '^G' give-line",
  ],
} as const;

const [CTRL_T, CTRL_G] = ["\u0014", "\u0007"];

class TerminalShell {
  readonly #terminal: Bun.Terminal;
  readonly #line: string;
  #screen = "";

  constructor(name: keyof typeof COMMANDS) {
    const home = temporaryDirectory();
    this.#line = join(home, "line");
    const child = Bun.spawn([...COMMANDS[name]], {
      cwd: home,
      env: environment(home),
      terminal: { cols: 1000, rows: 100, data: (_, data) => this.#take(data) },
    });
    if (child.terminal === undefined) throw new Error("No terminal");
    this.#terminal = child.terminal;
    onEnd(async () => {
      child.kill("SIGKILL");
      await child.exited;
      this.#terminal.close();
    });
  }

  #take(data: Uint8Array): void {
    this.#screen += Buffer.from(data).toString();
  }

  async ready(setup: readonly string[]): Promise<void> {
    for (const line of [...setup, 'touch "$HOME/line"']) this.#terminal.write(`${line}\n`);
    await this.#takeLine();
  }

  async complete(line: string): Promise<string[]> {
    this.#terminal.write(`${line}${CTRL_T}${CTRL_G}`);
    const completed = await this.#takeLine();
    const typed = line.split(" ").slice(0, -1).join(" ");
    return completed.slice(typed.length).trim().split(/ +/);
  }

  async #takeLine(): Promise<string> {
    await until(
      () => existsSync(this.#line),
      () => `a completed line; on the screen:\n${JSON.stringify(this.#screen)}`,
    );
    const text = readFileSync(this.#line, "utf8");
    rmSync(this.#line);
    return text;
  }
}
