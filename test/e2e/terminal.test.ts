import { afterEach, describe, expect, test } from "bun:test";
import { cleanUp, onEnd, runTetrad, TETRAD } from "./harness.ts";

afterEach(cleanUp);

const ESCAPE = "\u001b[";
/** A run that ends with a warning in its log. */
const WARNS = ["--export-stdout", "--event-source=file:/nonexistent", "--exit-at-end", "--bpf-lib=/x"];

/** Runs `dist/tetrad` to its end in a terminal. @returns what the terminal was sent. */
async function inTerminal(args: readonly string[], { columns = 80, env = {} } = {}): Promise<string> {
  let screen = "";
  const { promise: isClosed, resolve } = Promise.withResolvers<void>();
  const child = Bun.spawn([TETRAD, ...args], {
    env: { TERM: "xterm", ...env },
    terminal: {
      cols: columns,
      rows: 24,
      data(_terminal, data) {
        screen += Buffer.from(data).toString();
      },
      exit: () => resolve(),
    },
  });
  onEnd(() => child.terminal?.close());
  await child.exited;
  await isClosed;
  return screen;
}

function widest(text: string): number {
  const lines = Bun.stripANSI(text).replace(/\r/g, "").split("\nExamples:")[0]?.split("\n") ?? [];
  return Math.max(...lines.map((line) => line.length));
}

describe("in a terminal", () => {
  test.each([50, 80, 100])("help keeps to its %d columns", async (columns) => {
    for (const args of [
      ["listen", "--help"],
      ["help", "install"],
      ["doctor", "-h"],
    ]) {
      const width = widest(await inTerminal(args, { columns }));
      expect(width).toBeLessThanOrEqual(columns);
      expect(width).toBeGreaterThan(columns - 20);
    }
  });

  test("the report of tetrad doctor keeps to its columns, and says the same as without one", async () => {
    // Agents that others run here come after this.
    const aboutSensor = (text: string) => text.slice(0, text.indexOf("The sensor cannot run here."));
    const screen = aboutSensor(await inTerminal(["doctor", "--btf=/nonexistent"], { columns: 70 }));
    expect(screen).toContain(`${ESCAPE}31mNO${ESCAPE}`);
    expect(widest(screen)).toBeLessThanOrEqual(70);
    const { stdout } = await runTetrad(["doctor", "--btf=/nonexistent"]);
    const words = (text: string) => Bun.stripANSI(text).match(/\S+/g);
    expect(words(screen)).toEqual(words(aboutSensor(stdout)));
    expect(stdout).not.toContain(ESCAPE);
  });

  test("help and log have colours", async () => {
    expect(await inTerminal(["listen", "--help"])).toContain(`${ESCAPE}1mFlags:`);
    expect(await inTerminal(WARNS)).toContain(`${ESCAPE}33mlevel=warning`);
  });

  test.each([{ NO_COLOR: "1" }, { CLICOLOR: "0" }, { TERM: "dumb" }])(
    "%j takes the colours away",
    async (env) => {
      expect(await inTerminal(["--help"], { env })).not.toContain(ESCAPE);
      const log = await inTerminal(WARNS, { env });
      expect(log).toContain("level=warning");
      expect(log).not.toContain(ESCAPE);
    },
  );
});

describe("without a terminal", () => {
  test("help has no colours, and is 80 columns wide or COLUMNS", async () => {
    const { stdout } = await runTetrad(["listen", "--help"]);
    expect(stdout).not.toContain(ESCAPE);
    expect(widest(stdout)).toBeWithin(70, 81);
    expect(widest((await runTetrad(["listen", "--help"], { env: { COLUMNS: "60" } })).stdout)).toBeWithin(
      50,
      61,
    );
    expect((await runTetrad(["listen", "--help"], { env: { COLUMNS: "wide" } })).stdout).toBe(stdout);
  });

  test("the log has no colours", async () => {
    const { stderr } = await runTetrad(WARNS);
    expect(stderr).toContain("level=warning");
    expect(stderr).not.toContain(ESCAPE);
  });
});

describe("every command", () => {
  const names = [
    "run",
    "listen",
    "schema",
    "metadata",
    "config",
    "install",
    "uninstall",
    "doctor",
    "completion",
    "version",
    "help",
  ];

  test.each(names)("tetrad %s --help is about it, and tetrad help %s says the same", async (name) => {
    const { code, stdout, stderr } = await runTetrad([name, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toStartWith(`tetrad ${name}: `);
    expect(stdout).toContain("\nExamples:\n");
    expect((await runTetrad(["help", name])).stdout).toBe(stdout);
  });

  test.each(names)("tetrad %s names the flag that was meant: one line, exit 2", async (name) => {
    const { code, stdout, stderr } = await runTetrad([name, "--hlep"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: "",
      stderr: "Unknown flag --hlep: did you mean --help?\n",
    });
  });

  test("an unknown command is answered with the nearest: one line, exit 2", async () => {
    const { code, stderr } = await runTetrad(["lisen"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Unknown command "lisen": did you mean listen?\n' });
  });
});
