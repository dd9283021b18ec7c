/** @module A shell in a terminal that is typed at, and recorded. */
import { type Row, Screen } from "./screen.ts";

/** How long a line of input or of output takes in the recording, milliseconds: not the time that it took. */
const PACE_MS = { keys: 700, output: 350 } as const;
/** How long a program may take to write what it is waited for. */
const PATIENCE_MS = 15_000;

/** The clock of a recording. It runs by what happens, so that a slow machine records the same. */
export class Clock {
  #now = 0;

  get now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** What a {@link RecordedShell} is started with. */
export interface ShellSettings {
  readonly clock: Clock;
  readonly columns: number;
  readonly prompt: string;
  readonly env: Readonly<Record<string, string>>;
  /** A command in which the shell runs. @default none */
  readonly prefix?: readonly string[];
}

/** bash in a terminal. */
export class RecordedShell {
  readonly process: Bun.Subprocess;
  readonly #terminal: Bun.Terminal;
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #prompt: string;
  #text = "";
  #isRecording = false;

  constructor({ clock, columns, prompt, env, prefix = [] }: ShellSettings) {
    this.#clock = clock;
    this.#prompt = prompt;
    this.#screen = new Screen(columns);
    this.process = Bun.spawn([...prefix, "bash"], {
      env: { ...env, TERM: "xterm" },
      terminal: {
        cols: columns,
        rows: 50,
        data: (_terminal, data) => this.#take(Buffer.from(data).toString()),
      },
    });
    if (this.process.terminal === undefined) throw new Error("Cannot record: bash has no terminal");
    this.#terminal = this.process.terminal;
  }

  /** Runs commands that the recording does not show, and begins it. */
  async prepare(commands: readonly string[]): Promise<void> {
    const first = [`PS1='${this.#prompt}'`, "bind 'set enable-bracketed-paste off'"];
    for (const command of [...first, ...commands, "echo rea'd'y"]) this.#terminal.write(`${command}\n`);
    await this.shows(/^ready/m);
    await this.#settle();
    this.#isRecording = true;
    this.#text = "";
    this.#terminal.write("\n");
    await this.#settle();
  }

  /** Types a command. */
  async type(command: string): Promise<void> {
    this.#clock.advance(PACE_MS.keys);
    this.#text = "";
    this.#terminal.write(`${command}\n`);
    await this.shows(command);
  }

  /** Waits until the text since the last command holds `expected`. */
  async shows(expected: string | RegExp): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    const isThere = (): boolean =>
      typeof expected === "string" ? this.#text.includes(expected) : expected.test(this.#text);
    while (!isThere()) {
      if (performance.now() > deadline) throw new Error(`Cannot record: no ${expected} in:\n${this.#text}`);
      await Bun.sleep(10);
    }
    await this.#settle();
  }

  rows(): Row[] {
    return this.#screen.rows();
  }

  async close(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
    this.#terminal.close();
  }

  /** Until what belongs together has come. */
  async #settle(): Promise<void> {
    for (let length = -1; length !== this.#text.length; await Bun.sleep(100)) length = this.#text.length;
  }

  #take(text: string): void {
    this.#text += text;
    if (!this.#isRecording) return;
    for (const line of text.split(/(?<=\n)/)) {
      this.#screen.write(line, this.#clock.now);
      if (line.endsWith("\n")) this.#clock.advance(PACE_MS.output);
    }
  }
}
