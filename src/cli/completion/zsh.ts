/** @module Completion for zsh: to be sourced after compinit, or as the file `_tetrad` in a directory of `fpath`. */
import { type CommandWords, type FlagWords, lowerCommands, topCommands, UNNAMED } from "./words.ts";

/** The script. */
export function renderZsh(commands: readonly CommandWords[]): string {
  return `#compdef tetrad
# zsh completion for tetrad

_tetrad() {
  local command=${UNNAMED}
  if ((CURRENT > 2)) && [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    ((CURRENT--))
  elif ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    local -a commands=(
${topCommands(commands)
  .map(({ name, description }) => `      ${quote(`${name}:${description}`)}`)
  .join("\n")}
    )
    _describe command commands
    return
  fi
  if ((CURRENT > 2)); then
    case $command/$words[2] in
      ${
        lowerCommands(commands)
          .map(({ name }) => name)
          .join("|") || '""'
      })
        command+=/$words[2]
        shift words
        ((CURRENT--)) ;;
    esac
  fi
  case $command in
${distinct(commands).map(commandCase).join("\n")}
  esac
}

# Values one of which, such as "file:", has the name of a file after it.
_tetrad_values() {
  local word
  for word in $@; do
    if [[ $word == *: && $PREFIX == $word* ]]; then
      compset -P '*:'
      _files
      return
    fi
  done
  compadd -- \${@:#*:}
  compadd -S '' -- \${(M)@:#*:}
}

compdef _tetrad tetrad
if [[ $funcstack[1] == _tetrad ]]; then _tetrad "$@"; fi
`;
}

/** Commands that take the same flags and arguments, together. */
function distinct(commands: readonly CommandWords[]): { names: string[]; command: CommandWords }[] {
  const found = new Map<string, { names: string[]; command: CommandWords }>();
  for (const command of commands) {
    const key = JSON.stringify([command.flags, command.argumentValues, command.takesPath]);
    const same = found.get(key);
    if (same === undefined) found.set(key, { names: [command.name], command });
    else same.names.push(command.name);
  }
  return [...found.values()];
}

function commandCase({ names, command }: { names: string[]; command: CommandWords }): string {
  const specs = command.flags.flatMap(flagSpecs);
  if (command.argumentValues.length > 0)
    specs.push(quote(`1:argument:(${command.argumentValues.join(" ")})`));
  if (command.takesPath) specs.push(quote("1:file:_files"));
  return `    ${names.join("|")})
      _arguments -S \\
${specs.map((spec) => `        ${spec}`).join(" \\\n")} ;;`;
}

function flagSpecs({ flag, letter, description, isBoolean, isPath, values }: FlagWords): string[] {
  const text = `[${description.replaceAll(/[[\]\\:]/g, "\\$&")}]`;
  const action = isPath ? "_files" : valuesAction(values);
  // A boolean flag takes its value only after "=", any other after "=" or a space. A flag may be repeated.
  const specs = isBoolean
    ? [quote(`*${flag}${text}`), quote(`*${flag}=-${text}:value:${action}`)]
    : [quote(`*${flag}=${text}:value:${action}`)];
  return letter === undefined ? specs : [quote(`*${letter}${text}`), ...specs];
}

function valuesAction(values: readonly string[]): string {
  if (values.length === 0) return " ";
  if (!values.some((value) => value.endsWith(":"))) return `(${values.join(" ")})`;
  return `_tetrad_values ${values.join(" ").replaceAll(":", "\\:")}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
