/**
 * Tetragon's example policies: each is loaded, or refused for the reason that is right on the kernel that runs. Runs on
 * kernels that have kprobes (`npm run acceptance -- policies`); `TETRAD_EXAMPLES` is a pattern of the files to load.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { release } from "node:os";
import { errorMessage } from "../../src/os/caught.ts";
import { TetradError } from "../../src/os/error.ts";
import { checkPolicies, openKernel } from "../../src/policy/check/index.ts";
import { formatFinding } from "../../src/policy/document/index.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { type CgroupEnclosure, createCgroup, RunningSensor } from "../source/sensor/support.ts";
import { EXAMPLES_DIRECTORY, EXPECTATIONS, exampleFiles, readPreparedExample } from "./examples.ts";

const PATTERN = new RegExp(process.env.TETRAD_EXAMPLES ?? "");
const FILES = exampleFiles().filter((file) => PATTERN.test(file));
if (FILES.length === 0) console.warn(`SKIPPED: there are no policies in ${EXAMPLES_DIRECTORY}`);

let enclosure: CgroupEnclosure;
let sensor: RunningSensor;

/** Why a file's policies cannot be loaded; `undefined` where they were. */
async function refusal(file: string): Promise<string | undefined> {
  const machine = process.arch === "arm64" ? "arm64" : "x64";
  const { policies, findings } = checkPolicies(readPreparedExample(file), {
    file,
    kernel: openKernel("", machine),
  });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map(formatFinding).join("\n");
  const loaded = await sensor.source.policies();
  for (const policy of policies) {
    try {
      loaded.put(policy.name, policy);
    } catch (error) {
      if (!(error instanceof TetradError)) throw error;
      return errorMessage(error);
    }
    await enclosure.run(["/bin/true"]);
    loaded.delete(policy.name);
  }
  return undefined;
}

describeWithBpf("examples", () => {
  beforeAll(async () => {
    enclosure = await createCgroup();
    sensor = await RunningSensor.start({ scope: enclosure.scope });
  });
  afterAll(async () => {
    await sensor[Symbol.asyncDispose]();
    await enclosure[Symbol.asyncDispose]();
  });

  for (const file of FILES) {
    const { reason, series } = EXPECTATIONS[file]?.refused ?? {};
    const isRefused = reason !== undefined && (series?.test(release()) ?? true);
    // The word at the end is what the table of the run shows.
    test(`${file} is ${isRefused ? "refused" : "loaded"}`, async () => {
      const found = await refusal(file);
      if (isRefused) expect(found).toMatch(reason);
      else expect(found).toBeUndefined();
    });
  }
});
