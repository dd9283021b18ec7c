/** `npm run acceptance -- NAME`: what takes longer than CI. Without a name, the list of names. */
import { nearest } from "../../src/lib/text/distance.ts";
import { renderTable } from "../bench/table.ts";
import type { Acceptance, Outcome } from "./acceptance.ts";
import { arm64 } from "./arm64.ts";
import { elastic } from "./elastic.ts";
import { elasticsearch } from "./elasticsearch.ts";
import { instructions } from "./instructions.ts";
import { kernels } from "./kernels.ts";
import { kubernetes } from "./kubernetes.ts";
import { loss } from "./loss.ts";
import { modules } from "./modules.ts";
import { outputs } from "./outputs.ts";
import { policies, policySweep } from "./policies.ts";
import { policyExamples } from "./policy-examples.ts";
import { scan } from "./scan.ts";

const RUNS: readonly Acceptance[] = [
  kernels,
  policies,
  policySweep,
  policyExamples,
  arm64,
  instructions,
  loss,
  scan,
  elastic,
  elasticsearch,
  kubernetes,
  outputs,
  modules,
];

function list(): string {
  const width = Math.max(...RUNS.map(({ name }) => name.length));
  const lines = RUNS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Runs what takes longer than CI.\n\nUsage: npm run acceptance -- NAME...\n\n${lines.join("\n")}`;
}

/** The run of that name. @throws RangeError that names the nearest one, or all when none is near. */
function find(name: string): Acceptance {
  const found = RUNS.find((run) => run.name === name);
  if (found !== undefined) return found;
  const names = RUNS.map((run) => run.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean "${near}"?`;
  throw new RangeError(`Cannot run "${name}": no such acceptance run; ${hint}`);
}

function render(outcomes: readonly Outcome[]): string {
  return renderTable(
    {
      header: ["what", "passed", "failed", "skipped", "seconds"],
      rows: outcomes.map(({ name, passed, failed, skipped, seconds }) => [
        name,
        String(passed),
        String(failed),
        String(skipped),
        seconds.toFixed(0),
      ]),
    },
    false,
  );
}

async function run(names: readonly string[]): Promise<number> {
  if (names.length === 0) {
    console.log(list());
    return 0;
  }
  let runs: Acceptance[];
  try {
    runs = names.map(find);
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  const outcomes: Outcome[] = [];
  const say = (text: string) => console.error(text);
  for (const { name, description, run } of runs) {
    say(`== ${name}\n${description}\n`);
    try {
      outcomes.push(...(await run(say)));
    } catch (error) {
      say((error as Error).message);
      outcomes.push({ name, passed: 0, failed: 1, skipped: 0, seconds: 0 });
    }
  }
  console.log(render(outcomes));
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}

process.exit(await run(process.argv.slice(2)));
