/** @module Completion for bash 4 and later. Needs nothing of the bash-completion package. */
import {
  type CommandWords,
  type FlagWords,
  flagsByCommands,
  lowerCommands,
  topCommands,
  UNNAMED,
} from "./words.ts";

/**
 * Splits `line` into `words` without their quotes; `whole` is the last one. `quote` is the one that is open at its end, and
 * `kept` what of it readline does not replace: up to the last break, or to that quote.
 */
const SPLIT = `  local -a words=()
  local whole= quote= character= i
  local kept= unquoted= is_word=
  for ((i = 0; i < \${#line}; i++)); do
    character=\${line:i:1}
    if [[ $quote == "'" && $character != "'" ]]; then
      whole+=$character
    elif [[ $character == "\\\\" ]]; then
      ((++i))
      whole+=\${line:i:1}
    elif [[ $character == "$quote" ]]; then
      quote=
    elif [[ -z $quote && $character == [\\'\\"] ]]; then
      quote=$character unquoted=$whole is_word=yes
    elif [[ -z $quote && $character == [[:space:]] ]]; then
      [[ -n $whole$is_word ]] && words+=("$whole")
      whole= kept= is_word=
    else
      whole+=$character
      [[ -z $quote && $character == [=:] && $COMP_WORDBREAKS == *"$character"* ]] && kept=$whole
    fi
  done
  words+=("$whole")
  [[ -n $quote ]] && kept=$unquoted
`;

/** The script, to be read by `source`. */
export function renderBash(commands: readonly CommandWords[]): string {
  return `# bash completion for tetrad

_tetrad() {
  # The line itself: COMP_WORDS is split at "=" and ":" or not, as COMP_WORDBREAKS says, and quoted as it was typed.
  local line=\${COMP_LINE:0:COMP_POINT} command=${UNNAMED} flag= given= lead= flags= values= is_path=
${SPLIT}  local last=$((\${#words[@]} - 1))
  ((last > 1)) && [[ \${words[1]} != -* ]] && command=\${words[1]}
  if ((last > 2)); then
    case "$command/\${words[2]}" in
      ${
        lowerCommands(commands)
          .map(({ name }) => name)
          .join("|") || '""'
      }) command+=/\${words[2]} ;;
    esac
  fi

  if [[ $whole == --*=* ]]; then
    flag=\${whole%%=*} given=\${whole#*=} lead=$flag=
  elif ((last > 1)) && [[ $whole != -* && \${words[last - 1]} == --* && \${words[last - 1]} != *=* ]]; then
    flag=\${words[last - 1]} given=$whole
    # A boolean flag takes its value only after "=".
    case "$command $flag" in
      ${patterns(commands, ({ isBoolean }) => isBoolean)}) flag= ;;
    esac
  fi

  COMPREPLY=()
  if [[ -n $flag ]]; then
    case "$command $flag" in
${valueCases(commands)}
      ${patterns(commands, ({ isPath }) => isPath)}) is_path=yes ;;
    esac
    local value
    for value in $values; do
      # Such as "file:", which a path follows.
      if [[ $value == *: && $given == "$value"* ]]; then is_path=yes lead+=$value given=\${given#"$value"}; fi
    done
    if [[ -n $is_path ]]; then
      compopt -o filenames
      # Where readline has found a quote on the line, compgen takes quotes away: all that it takes when none is open.
      [[ -z $quote && $line == *[\\\\\\'\\"]* ]] && printf -v given %q "$given"
      _tetrad_reply "$(compgen -f -- "$given")"
    else
      _tetrad_reply "$(compgen -W "$values" -- "$given")"
    fi
    COMPREPLY=("\${COMPREPLY[@]/#/$lead}")
  else
    case $command in
${commands.map(commandCase).join("\n")}
    esac
    if [[ $whole == -* ]]; then
      _tetrad_reply "$(compgen -W "$flags" -- "$whole")"
    elif ((last == 1)); then
      _tetrad_reply "$(compgen -W "${topCommands(commands)
        .map(({ name }) => name)
        .join(" ")}" -- "$whole")"
    elif [[ -n $is_path ]]; then
      compopt -o filenames
      _tetrad_reply "$(compgen -f -- "$whole")"
    else
      _tetrad_reply "$(compgen -W "$values" -- "$whole")"
    fi
  fi
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace

  COMPREPLY=("\${COMPREPLY[@]#"$kept"}")
}

_tetrad_reply() {
  [[ -n $1 ]] && mapfile -t COMPREPLY <<<"$1"
}

complete -F _tetrad tetrad
`;
}

function commandCase({ name, flags, argumentValues, takesPath }: CommandWords): string {
  const words = flags.map(({ flag, isBoolean }) => (isBoolean ? flag : `${flag}=`));
  const values = argumentValues.length === 0 ? "" : ` values="${argumentValues.join(" ")}"`;
  return `      ${name}) flags="${words.join(" ")}"${values}${takesPath ? " is_path=yes" : ""} ;;`;
}

/** A pattern of `case` for the flags that the filter lets pass; one that matches nothing when none does. */
function patterns(commands: readonly CommandWords[], filter: (words: FlagWords) => boolean): string {
  const found = flagsByCommands(commands)
    .filter(({ words }) => filter(words))
    .flatMap(({ commands: names, words }) => names.map((name) => `"${name} ${words.flag}"`));
  return found.length === 0 ? '""' : found.join("|");
}

function valueCases(commands: readonly CommandWords[]): string {
  const lists = new Set(flagsByCommands(commands).map(({ words }) => words.values.join(" ")));
  lists.delete("");
  return [...lists]
    .map((list) => {
      const pattern = patterns(commands, ({ values }) => values.join(" ") === list);
      return `      ${pattern}) values="${list}" ;;`;
    })
    .join("\n");
}
