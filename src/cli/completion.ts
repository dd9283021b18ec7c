/** @module `tetrad completion`: the script by which a shell completes commands, flags and values. */
import { readValues } from "../config/flags.ts";
import { TetradError } from "../os/error.ts";
import { type Command, HELP_FLAG } from "./command.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-code.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export const completion: Command = {
  flags: HELP_FLAG,
  args: [{ placeholder: "SHELL", isRequired: true, values: () => SHELLS }],
  help: {
    summary: "Print the script that completes commands, flags and values in a shell.",
    examples: [
      {
        does: "bash: in this shell, or as a line of ~/.bashrc.",
        command: ["source <(tetrad completion bash)"],
      },
      {
        does: "zsh: in this shell, or as a line of ~/.zshrc after compinit.",
        command: ["source <(tetrad completion zsh)"],
      },
      {
        does: "fish: from now on.",
        command: ["tetrad completion fish > ~/.config/fish/completions/tetrad.fish"],
      },
    ],
    exitCodes: { [EXIT_OK]: "printed", [EXIT_CONFIG]: "the shell is not one of these" },
  },
  async run({ argv, commands, print }) {
    const [shell] = readValues(argv, HELP_FLAG, 1).words;
    if (!isShell(shell)) {
      const found = shell === undefined ? "no shell" : JSON.stringify(shell);
      throw new TetradError(
        "config",
        `Cannot print the completion script: found ${found}, expected ${SHELLS.slice(0, -1).join(", ")} or ${SHELLS.at(-1)}`,
      );
    }
    const { readCompletions } = await import("./completion/words.ts");
    print(await RENDERERS[shell]().then((render) => readCompletions(commands).then(render)));
    return EXIT_OK;
  },
};

const RENDERERS = {
  bash: async () => (await import("./completion/bash.ts")).renderBash,
  zsh: async () => (await import("./completion/zsh.ts")).renderZsh,
  fish: async () => (await import("./completion/fish.ts")).renderFish,
};

function isShell(word: string | undefined): word is Shell {
  return (SHELLS as readonly (string | undefined)[]).includes(word);
}
