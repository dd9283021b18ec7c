/** @module Runs the tests of an exporter module: the default export of a file, each a function by its title. */
import { errorMessage } from "../../../os/caught.ts";
import { ModuleBatch } from "../runner/batch.ts";
import { checkExporter } from "../runner/load.ts";
import type { Run, Tests } from "./tetrad.d.ts";

/** What became of a test. */
export interface TestResult {
  readonly title: string;
  /** Why it has failed. */
  readonly error: string | undefined;
}

/**
 * Runs the tests of a file, one after the other.
 * @param path Absolute.
 * @throws Error when the file cannot be loaded, or has no tests.
 */
export async function* runTests(path: string): AsyncGenerator<TestResult> {
  const { default: tests } = (await import(path)) as { readonly default?: Tests };
  const all = Object.entries(tests ?? {});
  if (all.length === 0)
    throw new Error("found no tests as its default export, expected an object of functions");
  for (const [title, test] of all) {
    let error: string | undefined;
    try {
      await test(run);
    } catch (thrown) {
      error = errorMessage(thrown);
    }
    yield { title, error };
  }
}

/** As the agent gives them to it. */
const run: Run = async (exporter, { events, options = {} }) => {
  checkExporter(exporter, options);
  const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const batch = new ModuleBatch(bytes, events.length, () => {});
  let error: unknown;
  let acknowledgedUntil = 0;
  await exporter.open?.({ name: "module", options, agent: { event: "agent_init" } });
  try {
    await exporter.export(batch);
    acknowledgedUntil = batch.length;
  } catch (thrown) {
    error = thrown;
    acknowledgedUntil = batch.acknowledged;
  }
  batch.end();
  await exporter.close?.();
  const acknowledged = events.map((_, i) => i).filter((i) => i < acknowledgedUntil && !batch.refused.has(i));
  return {
    acknowledged,
    refused: error === undefined ? [...batch.refused].map(([i, reason]) => ({ i, reason })) : [],
    error,
  };
};
