/**
 * Tetragon's example policies: each is loaded and posts what it must, or is refused for the reason that is right on the kernel
 * that runs. Runs on kernels that have kprobes (`npm run acceptance -- policies`); `TETRAD_EXAMPLES` is a pattern of the files to load.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { release } from "node:os";
import { errorMessage } from "../../src/os/caught.ts";
import { TetradError } from "../../src/os/error.ts";
import { checkPolicies, openKernel } from "../../src/policy/check/index.ts";
import { formatFinding } from "../../src/policy/document/index.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { buildProbedProgram, hasCompiler } from "../source/sensor/policy/probed-program.ts";
import { type CgroupEnclosure, createCgroup, RunningSensor, until } from "../source/sensor/support.ts";
import { STIMULI } from "./example-stimuli.ts";
import { EXAMPLES_DIRECTORY, EXPECTATIONS, exampleFiles, readPreparedExample } from "./examples.ts";

const PATTERN = new RegExp(process.env.TETRAD_EXAMPLES ?? "");
const FILES = exampleFiles().filter((file) => PATTERN.test(file));
if (FILES.length === 0) console.warn(`SKIPPED: there are no policies in ${EXAMPLES_DIRECTORY}`);

let enclosure: CgroupEnclosure;
let sensor: RunningSensor;

/** What a script may need: programs of the distribution, loopback, an address outside of private networks. */
const SET_UP = `export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /srv; ip link set lo up; ip address replace 192.0.2.1/32 dev lo`;

/** Why a file's policies cannot be loaded, or what they posted. */
async function outcomeOf(
  file: string,
): Promise<{ readonly refusal?: string; readonly posted: readonly string[] }> {
  const machine = process.arch === "arm64" ? "arm64" : "x64";
  const { policies, findings } = checkPolicies(readPreparedExample(file), {
    file,
    kernel: openKernel("", machine),
  });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return { refusal: errors.map(formatFinding).join("\n"), posted: [] };
  const loaded = await sensor.source.policies();
  sensor.events.length = 0;
  try {
    for (const policy of policies) loaded.put(policy.name, policy);
    await enclosure.run(["bash", "-c", `${SET_UP}\n${STIMULI[file]?.run ?? ":"}`]);
    const mark = `end-of-${file}`;
    await enclosure.run(["/bin/true", mark]);
    await until(() => sensor.exits.some((exit) => exit.process.arguments === mark), "all events are there");
  } catch (error) {
    if (!(error instanceof TetradError)) throw error;
    return { refusal: errorMessage(error), posted: [] };
  } finally {
    for (const { name } of policies) loaded.delete(name);
  }
  const names = policies.map(({ name }) => name);
  return { posted: sensor.events.flatMap((event) => summaryOf(event as unknown as PolicyEvent, names)) };
}

type PolicyEvent = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const SUMMARIZED: readonly string[] = [
  "process_kprobe",
  "process_tracepoint",
  "process_uprobe",
  "process_usdt",
];

/** Files where examples look for them. */
function prepareHost(): void {
  if (hasCompiler) {
    const directory = "/home/jolsa/tetragon/contrib/tester-progs";
    buildProbedProgram(directory, "usdt", { provider: "test", check: "usdt3" });
    buildProbedProgram(directory, "usdt-override", { provider: "tetragon", gate: "test_4B" });
  }
  const script = `${SET_UP}
[ -e /lib64/libc.so.6 ] || ln -s /lib/x86_64-linux-gnu/libc.so.6 /lib64/libc.so.6
mkdir -p /procRoot; mount --bind /proc /procRoot`;
  Bun.spawnSync(["bash", "-c", script]);
}

/** `FUNCTION BINARY ARGUMENTS ACTION`, of an event of these policies. */
function summaryOf(event: PolicyEvent, names: readonly string[]): readonly string[] {
  const {
    policy_name,
    process,
    args,
    action,
    action_result = [],
    function_name,
    subsys,
    event: tracepoint,
    name = tracepoint,
    path,
    symbol,
    provider,
  } = (Object.entries(event).find(([type]) => SUMMARIZED.includes(type))?.[1] ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (!names.includes(policy_name as string)) return [];
  const { binary } = process as { readonly binary: string };
  const ofFile = provider === undefined ? `${path}:${symbol}` : `${path}:${provider}:${name}`;
  const where = path === undefined ? `${subsys}:${name}` : ofFile;
  const words = [function_name ?? where, binary, JSON.stringify(args ?? []), action];
  return [[...words, ...(action_result as readonly string[])].join(" ")];
}

describeWithBpf("examples", () => {
  beforeAll(async () => {
    prepareHost();
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
      const { refusal, posted } = await outcomeOf(file);
      if (isRefused) {
        expect(refusal).toMatch(reason);
        return;
      }
      expect(refusal).toBeUndefined();
      const missing = (STIMULI[file]?.posts ?? []).filter(
        (pattern) => !posted.some((each) => pattern.test(each)),
      );
      expect(missing, posted.slice(0, 20).join("\n")).toEqual([]);
    });
  }
});
