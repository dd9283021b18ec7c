/** @module The part of a help text that describes flags. */
import type { Flag, FlagTable } from "../../config/flags.ts";
import { indent, type Layout, wrap } from "./layout.ts";

/** Every flag of `names`, described. */
export function flagLines(table: FlagTable, names: readonly string[], layout: Layout): string[] {
  return names.flatMap((name) => oneFlag(name, table[name] as Flag, layout));
}

/** The agent's flags by group. Groups without effect are only named, but for `all`. */
export function groupedFlagLines(table: FlagTable, layout: Layout, all: boolean): string[] {
  const groups = [...new Set(Object.values(table).flatMap(({ group }) => group ?? []))];
  return groups.flatMap((group) => {
    const names = Object.keys(table).filter((name) => table[name]?.group === group);
    const isDescribed = all || names.some((name) => table[name]?.support === "used");
    return ["", ...(isDescribed ? described(group) : named(group))];

    function described(title: string): string[] {
      return [...headings(`${title}:`, layout), ...flagLines(table, names, layout)];
    }
    function named(title: string): string[] {
      const list = names.map((name) => `--${name}`).join(", ");
      return [
        ...headings(`${title}, described by --help-all:`, layout),
        ...indent(wrap(list, layout.width - 2), 2),
      ];
    }
  });
}

function headings(text: string, { width, heading }: Layout): string[] {
  return wrap(text, width).map(heading);
}

/** One flag: how it is written, its default and what it does. */
function oneFlag(name: string, flag: Flag, { width, typed }: Layout): string[] {
  const letter = flag.shorthand === undefined ? "" : `-${flag.shorthand}, `;
  const value = flag.placeholder === undefined ? "" : `=${flag.placeholder}`;
  const written = `${letter}--${name}${value}`;
  const [first = "", ...rest] = wrap(`${written}${note(flag)}`, width - 2);
  return [
    ...indent([first.replace(written, () => typed(written)), ...rest], 2),
    ...indent(wrap(flag.description, width - 6), 6),
  ];
}

function note(flag: Flag): string {
  if (flag.flagOnly) return "";
  const initially = flag.default === "" ? "default: empty" : `default: ${flag.default}`;
  return ` (${initially}${flag.reloadable ? ", reloadable" : ""})`;
}
