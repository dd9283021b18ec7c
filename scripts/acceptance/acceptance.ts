/** @module What an acceptance run is: it takes longer than CI, installs what it needs, and ends with a table. */

/** How one part of a run ended. */
export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

/** One run by name. */
export interface Acceptance {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** What it installs and does, for whoever starts it. */
  readonly description: string;
  /** @param say Takes progress, a line at a time. */
  run(say: (text: string) => void): Promise<readonly Outcome[]>;
}

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * A run of one test file with more than CI gives it.
 * @param env What says how much. @param prepare Installs what it needs; throws where it cannot.
 */
export function testFile(
  { name, summary, description }: Omit<Acceptance, "run">,
  {
    file,
    env,
    prepare,
  }: { readonly file: string; readonly env: Readonly<Record<string, string>>; readonly prepare?: () => void },
): Acceptance {
  return {
    name,
    summary,
    description,
    async run(say) {
      const outcome = await timed(name, say, async () => {
        prepare?.();
        const { exitCode } = Bun.spawnSync([process.execPath, "test", file], {
          cwd: ROOT,
          env: { ...process.env, ...env },
          stdout: 2,
          stderr: "inherit",
        });
        return { passed: Number(exitCode === 0), failed: Number(exitCode !== 0), skipped: 0 };
      });
      return [outcome];
    },
  };
}

/** Runs a part and takes the time. A part that throws has failed. */
export async function timed(
  name: string,
  say: (text: string) => void,
  run: () => Promise<Pick<Outcome, "passed" | "failed" | "skipped">>,
): Promise<Outcome> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  say(`${name} ...`);
  try {
    const { passed, failed, skipped } = await run();
    say(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped after ${seconds().toFixed(0)} s`);
    return { name, passed, failed, skipped, seconds: seconds() };
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : error}`);
    return { name, passed: 0, failed: 1, skipped: 0, seconds: seconds() };
  }
}
