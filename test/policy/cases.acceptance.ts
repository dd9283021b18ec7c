/**
 * Policies, what is done while each is loaded, and the events that it posts then: a file in `cases/` for each, and those in
 * `small-cases.yaml`, which are about one filter or argument. Runs on kernels that have kprobes (`npm run acceptance -- policies`); `TETRAD_CASES` is a pattern of the names of those to run.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { basename, join } from "node:path";
import { YAML } from "bun";
import type { Helper } from "../../src/kernel/asm/index.ts";
import { haveHelper } from "../../src/kernel/feature/index.ts";
import { checkPolicies, openKernel } from "../../src/policy/check/index.ts";
import { formatFinding } from "../../src/policy/document/index.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { buildProbedProgram, hasCompiler } from "../source/sensor/policy/probed-program.ts";
import { type CgroupEnclosure, createCgroup, RunningSensor, until } from "../source/sensor/support.ts";

/** A case: the policy's `spec`, a script for bash, and the events, each with what it must have. */
interface Case {
  readonly name: string;
  readonly spec: object;
  readonly run: string;
  /** What the script writes, where that shows what an action did. */
  readonly output?: string;
  readonly events: readonly Record<string, Record<string, unknown>>[];
  /** By series of the kernel: why the policy is refused there. */
  readonly refused?: Readonly<Record<string, string>>;
  /** A helper that not every kernel is built with; without it the case is skipped. */
  readonly needs?: Helper;
}

const DIRECTORY = join(import.meta.dir, "cases");
const PATTERN = new RegExp(process.env.TETRAD_CASES ?? "");

const read = (file: string): unknown => YAML.parse(readFileSync(join(import.meta.dir, file), "utf8"));
/** All that their events have is compared. */
const WHOLE_CASES = readdirSync(DIRECTORY)
  .map((file) => basename(file, ".yaml"))
  .map((name): Case => ({ ...(read(`cases/${name}.yaml`) as Case), name }));
/** Of their events that is compared which is there; `"..."` behind them: more may come. */
const SMALL_CASES = read("small-cases.yaml") as readonly Case[];

/**
 * What all scripts find: no files of an overlay, which opens another file for each; called alike from the root of their file
 * system and from that of the process.
 */
const SET_UP = `
mount -t tmpfs none /media; mkdir -p /media/srv /srv; mount --bind /media/srv /srv
mkdir -p /srv/secret /srv/app
echo token > /srv/secret/token; echo a=1 > /srv/app/main.conf; echo data > /srv/app/data.bin
cp /bin/true /srv/app/tool
ip link set lo up; hostname guest`;

/** What scripts of small cases may call: with numbers, and with texts as Python writes them. */
const FUNCTIONS = `
getpriority() { python3 -c 'import ctypes, sys
for n in sys.argv[1:]: ctypes.CDLL(None).getpriority(int(n), 0)' "$@"; }
symlink() { python3 -c 'import ctypes, sys
for text in sys.argv[1:]: ctypes.CDLL(None).symlinkat(eval(text), -100, b"/srv/x/y")' "$@"; }`;

/** Programs of the distribution, whatever else this host has. */
const PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/** What each script begins with. */
const SCRIPT_BEGIN = `export ${PATH}`;

let enclosure: CgroupEnclosure;
let sensor: RunningSensor;

function policyOf({ name, spec }: Case): Policy {
  const document = { apiVersion: "cilium.io/v1alpha1", kind: "TracingPolicy", metadata: { name }, spec };
  const machine = process.arch === "arm64" ? "arm64" : "x64";
  const { policies, findings } = checkPolicies(JSON.stringify(document), {
    file: name,
    kernel: openKernel("", machine),
  });
  if (policies.length === 0) throw new Error(findings.map(formatFinding).join("\n"));
  return policies[0]!;
}

/** Events of the policy while the script runs. */
async function eventsOf({ name, run, output }: Case): Promise<Record<string, Record<string, unknown>>[]> {
  sensor.events.length = 0;
  const written = await enclosure.run(["bash", "-c", `${SCRIPT_BEGIN}\n${FUNCTIONS}\n${run}`]);
  if (output !== undefined) expect(written).toBe(output);
  const mark = `end-of-${name}`;
  await enclosure.run(["/bin/true", mark]);
  await until(() => sensor.exits.some((exit) => exit.process.arguments === mark), "all events are there");
  return (sensor.events as unknown as Record<string, Record<string, unknown>>[]).filter((event) =>
    Object.values(event).some((payload) => (payload as { policy_name?: string }).policy_name === name),
  );
}

/**
 * Whether a process is the shell of a whole script. Its parent is outside the scope: it is known only where the sensor comes to
 * look before that shell is executed.
 */
function isScript({ arguments: text = "" }: { readonly arguments?: string }): boolean {
  return text.startsWith(`-c "${SCRIPT_BEGIN}`);
}

/** Whether bytes are what `"x * 10000"` says: one character so many times. */
function isRepeated(expected: unknown, actual: unknown): boolean {
  const [, character, count] = /^(.) \* (\d+)$/.exec(String(expected)) ?? [];
  return character !== undefined && btoa(character.repeat(Number(count))) === actual;
}

/** What of an event is expected, with `"*"` where anything is. */
function like(expected: unknown, actual: unknown, key = ""): unknown {
  if (expected === "*") return actual === undefined ? undefined : "*";
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected[0] === "all") return expected;
    // Of stacks the begin is known.
    if (expected.at(-1) === "...")
      return [...actual.slice(0, expected.length - 1).map((item, i) => like(expected[i], item)), "..."];
    return actual.map((item, index) => like(expected[index], item));
  }
  if (typeof expected === "object" && expected !== null && typeof actual === "object" && actual !== null) {
    const known = key === "process" ? Object.keys(expected) : Object.keys(actual);
    return Object.fromEntries(
      known.map((name) => [
        name,
        like((expected as Record<string, unknown>)[name], (actual as Record<string, unknown>)[name], name),
      ]),
    );
  }
  if (key === "bytes_arg" && isRepeated(expected, actual)) return expected;
  // The file that a link leads to.
  if (key === "binary" && String(actual).startsWith(String(expected))) return expected;
  return actual;
}

/** What every event of a type has, and cases leave out. */
function withDefaults(name: string, event: Case["events"][number]): Case["events"][number] {
  const [[type, payload]] = Object.entries(event) as [[string, Record<string, unknown>]];
  const common = { action: "KPROBE_ACTION_POST", policy_name: name };
  const more = type === "process_kprobe" ? { return_action: "KPROBE_ACTION_POST" } : {};
  return { [type]: { ...common, ...more, ...payload } };
}

/** Events of a case without what is not compared, and the same of what is expected. */
function compared(
  { name, events }: Case,
  posted: readonly Record<string, Record<string, unknown>>[],
  isSmall: boolean,
): { readonly actual: unknown; readonly expected: unknown } {
  if (!isSmall) {
    const actual = posted.map((event, index) => {
      const [type, payload] = Object.entries(event)[0]!;
      const { parent: _, ...own } = payload;
      const expected = events[index];
      return like(expected === undefined ? {} : withDefaults(name, expected), { [type]: own });
    });
    return { actual, expected: events.map((event) => withDefaults(name, event)) };
  }
  const isOpen = events.at(-1) === ("..." as unknown);
  const expected = isOpen ? events.slice(0, -1) : events;
  const actual = posted.map((event, index): unknown => {
    const [payload] = Object.values(event);
    const wanted = expected[index];
    if (wanted === undefined) return payload;
    return Object.fromEntries(Object.keys(wanted).map((key) => [key, like(wanted[key], payload![key], key)]));
  });
  return { actual: isOpen ? actual.slice(0, expected.length) : actual, expected };
}

/** A test for each case. */
function testCases(cases: readonly Case[], isSmall: boolean): void {
  for (const each of cases.filter(({ name }) => PATTERN.test(name))) {
    const [, reason] =
      Object.entries(each.refused ?? {}).find(([series]) => release().startsWith(series)) ?? [];
    if (reason !== undefined) {
      // The word at the end is what the table of the run shows.
      test(`${each.name} is refused`, () => {
        expect(() => policyOf(each)).toThrow(reason);
      });
      continue;
    }
    const isSkipped = each.needs !== undefined && haveHelper("kprobe", each.needs).answer !== "yes";
    test.skipIf(isSkipped)(each.name, async () => {
      const policies = await sensor.source.policies();
      policies.put(each.name, policyOf(each));
      try {
        const events = await eventsOf(each);
        const { actual, expected } = compared(each, events, isSmall);
        expect(actual).toEqual(expected);
        for (const [payload] of events.map(Object.values))
          if (!isScript(payload.process)) expect(payload.parent).toBeDefined();
      } finally {
        policies.delete(each.name);
      }
    });
  }
}

describeWithBpf("policies", () => {
  beforeAll(async () => {
    if (hasCompiler) buildProbedProgram("/opt/t");
    enclosure = await createCgroup();
    sensor = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run(["env", PATH, "bash", "-c", SET_UP]);
  });
  afterAll(async () => {
    await sensor[Symbol.asyncDispose]();
    await enclosure[Symbol.asyncDispose]();
  });

  testCases(WHOLE_CASES, false);
  testCases(SMALL_CASES, true);
});
