/** @module What a terminal shows of the bytes it was sent: as much of ECMA-48 as a shell and `tetrad` write. */

/** How a piece of text looks. */
export interface Style {
  readonly bold: boolean;
  readonly faint: boolean;
  /** 0 to 7, the colours of SGR 30 to 37; `undefined` for the terminal's own. */
  readonly color: number | undefined;
}

/** Text in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** A line of the screen. */
export interface Row {
  readonly spans: readonly Span[];
  /** When its first character came, on the clock that {@link Screen.write} was given. */
  readonly at: number;
}

const PLAIN: Style = { bold: false, faint: false, color: undefined };
/** After the escape character: a control sequence, an operating system command, or one letter. */
const CONTROL = new RegExp(
  ["\\[([?0-9;]*)([A-Za-z])", "[\\]P][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)", "[^[\\]P]"].join("|"),
  "y",
);

interface Cell {
  readonly character: string;
  readonly style: Style;
}

/** A screen that is never full: what scrolls out of a real one stays. */
export class Screen {
  readonly #columns: number;
  readonly #rows: { cells: Cell[]; at: number | undefined }[] = [{ cells: [], at: undefined }];
  #column = 0;
  #style = PLAIN;
  /** The beginning of a control sequence whose end has not come yet. */
  #rest = "";

  /** @param columns where lines are broken */
  constructor(columns: number) {
    this.#columns = columns;
  }

  /** @param at the time that rows which begin here get, in any unit */
  write(text: string, at: number): void {
    const input = this.#rest + text;
    this.#rest = "";
    for (let index = 0; index < input.length; ) {
      const character = input[index] as string;
      if (character === "\u001b") {
        CONTROL.lastIndex = index + 1;
        const match = CONTROL.exec(input);
        if (match === null) {
          this.#rest = input.slice(index);
          return;
        }
        if (match[2] === "m") this.#select(match[1] ?? "");
        else if (match[2] === "K") this.#row().cells.length = this.#column;
        index += 1 + match[0].length;
        continue;
      }
      index++;
      if (character === "\n") this.#newLine();
      else if (character === "\r") this.#column = 0;
      else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
      else if (character >= " ") this.#put(character, at);
    }
  }

  /** The rows so far, without empty ones at the beginning and the end. */
  rows(): Row[] {
    const rows = this.#rows.map(({ cells, at }) => ({ spans: spansOf(cells), at: at ?? 0 }));
    const isEmpty = (row: Row | undefined): boolean => row?.spans.length === 0;
    while (isEmpty(rows.at(-1))) rows.pop();
    while (isEmpty(rows[0])) rows.shift();
    return rows;
  }

  #row(): { cells: Cell[]; at: number | undefined } {
    return this.#rows.at(-1) as { cells: Cell[]; at: number | undefined };
  }

  #newLine(): void {
    this.#rows.push({ cells: [], at: undefined });
    this.#column = 0;
  }

  #put(character: string, at: number): void {
    if (this.#column >= this.#columns) this.#newLine();
    const row = this.#row();
    row.at ??= at;
    while (row.cells.length < this.#column) row.cells.push({ character: " ", style: PLAIN });
    row.cells[this.#column++] = { character, style: this.#style };
  }

  #select(parameters: string): void {
    for (const code of parameters.split(";").map(Number)) {
      if (code === 0) this.#style = PLAIN;
      else if (code === 1) this.#style = { ...this.#style, bold: true };
      else if (code === 2) this.#style = { ...this.#style, faint: true };
      else if (code === 22) this.#style = { ...this.#style, bold: false, faint: false };
      else if (code === 39) this.#style = { ...this.#style, color: undefined };
      else if (code >= 30 && code <= 37) this.#style = { ...this.#style, color: code - 30 };
    }
  }
}

function spansOf(cells: readonly Cell[]): Span[] {
  const spans: { text: string; style: Style }[] = [];
  for (const { character, style } of cells) {
    const last = spans.at(-1);
    if (last !== undefined && last.style === style) last.text += character;
    else spans.push({ text: character, style });
  }
  const last = spans.at(-1);
  if (last !== undefined) last.text = last.text.trimEnd();
  return spans.filter(({ text }) => text !== "");
}
