/** @module Type and permissions of a file in letters. */

/** The letter of each type of file, by the highest four bits of its mode: `S_IFMT` of `<linux/stat.h>`. */
const TYPE_LETTERS: Readonly<Record<number, string>> = {
  1: "p",
  2: "c",
  4: "d",
  6: "b",
  8: "-",
  10: "l",
  12: "s",
};

/** Type and permissions as ls(1) has them: `-rw-r--r--`. */
export function permissionText(mode: number): string {
  const letter = (bit: number, name: string): string => ((mode & bit) === 0 ? "-" : name);
  const execute = (bit: number, special: number, name: string): string => {
    const isExecutable = (mode & bit) !== 0;
    if ((mode & special) === 0) return isExecutable ? "x" : "-";
    return isExecutable ? name : name.toUpperCase();
  };
  return (
    // What does not exist yet has no type.
    (TYPE_LETTERS[mode >>> 12] ?? "") +
    letter(0o400, "r") +
    letter(0o200, "w") +
    execute(0o100, 0o4000, "s") +
    letter(0o040, "r") +
    letter(0o020, "w") +
    execute(0o010, 0o2000, "s") +
    letter(0o004, "r") +
    letter(0o002, "w") +
    execute(0o001, 0o1000, "t")
  );
}
