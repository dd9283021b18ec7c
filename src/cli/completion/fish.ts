/** @module Completion for fish 3 and later. */
import {
  type CommandWords,
  type FlagWords,
  flagsByCommands,
  lowerCommands,
  quoteWord,
  topCommands,
  UNNAMED,
} from "./words.ts";

/** The script: a file `tetrad.fish` in a directory of `fish_complete_path`, or to be sourced. */
export function renderFish(commands: readonly CommandWords[]): string {
  return `# fish completion for tetrad

# The command that is on the line, "${UNNAMED}" when a flag came first, nothing when no word is complete.
function __tetrad_command
    set -l words (commandline -opc)
    if test (count $words) -lt 2
        return
    end
    if string match -q -- '-*' $words[2]
        echo ${UNNAMED}
        return
    end
    if test (count $words) -ge 3; and contains -- $words[2]/$words[3] ${lowerCommands(commands)
      .map(({ name }) => name)
      .join(" ")}
        echo $words[2]/$words[3]
    else
        echo $words[2]
    end
end

function __tetrad_without_command
    test (count (commandline -opc)) -lt 2
end

# Whether the command is one of these; without one, "${UNNAMED}" is meant.
function __tetrad_in
    set -l command (__tetrad_command)
    test -z "$command"; and set command ${UNNAMED}
    contains -- $command $argv
end

# The values of a boolean flag: it takes them only after "=".
function __tetrad_boolean
    set -l parts (string split -m 1 = -- (commandline -ct))
    test (count $parts) -eq 2; or return
    set -l command (__tetrad_command)
    test -z "$command"; and set command ${UNNAMED}
    switch "$command $parts[1]"
        case ${booleans(commands).join(" ")}
            printf '%s\\n' $parts[1]=true $parts[1]=false
    end
end

complete -c tetrad -f
complete -c tetrad -a '(__tetrad_boolean)'
${topCommands(commands)
  .map(
    ({ name, description }) =>
      `complete -c tetrad -n __tetrad_without_command -a ${name} -d ${quoteWord(description)}`,
  )
  .join("\n")}
${commands
  .filter(({ argumentValues, takesPath }) => argumentValues.length > 0 || takesPath)
  .map(argumentLine)
  .join("\n")}
${flagsByCommands(commands)
  .map(({ commands: names, words }) => flagLine(names, words))
  .join("\n")}
`;
}

function booleans(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ name, flags }) =>
    flags.filter(({ isBoolean }) => isBoolean).map(({ flag }) => quoteWord(`${name} ${flag}`)),
  );
}

function argumentLine({ name, argumentValues, takesPath }: CommandWords): string {
  if (takesPath) return `complete -c tetrad -n '__tetrad_in ${name}' -F`;
  return `complete -c tetrad -n 'not __tetrad_without_command; and __tetrad_in ${name}' -a ${quoteWord(argumentValues.join(" "))}`;
}

function flagLine(names: readonly string[], words: FlagWords): string {
  const { flag, letter, description, isBoolean, isPath, values } = words;
  const short = letter === undefined ? "" : ` -s ${letter.slice(1)}`;
  const line = `complete -c tetrad -n '__tetrad_in ${names.join(" ")}'${short} -l ${flag.slice(2)} -d ${quoteWord(description)}`;
  if (isBoolean) return line;
  if (isPath) return `${line} -r -F`;
  if (values.length === 0) return `${line} -x`;
  const withValues = `${line} -x -a ${quoteWord(values.join(" "))}`;
  const prefixes = values.filter((value) => value.endsWith(":"));
  if (prefixes.length === 0) return withValues;
  // fish itself offers the files after "file:".
  const hasPrefix = `string match -rq "^(${flag}=)?(${prefixes.join("|")})" -- (commandline -ct)`;
  return `${withValues}\ncomplete -c tetrad -n '__tetrad_in ${names.join(" ")}; and ${hasPrefix}' -l ${flag.slice(2)} -r -F`;
}
