/**
 * What tracing policies cost, against the goals:
 *
 *   test/vm/kernel-vm --kernel=6.1 --icount -- bun scripts/bench/policies.ts
 *
 * There a nanosecond is an executed instruction. Writes a line of JSON for each figure.
 */
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { createConsola } from "consola";
import { KernelTypes, readKernelBtf } from "../../src/kernel/btf/index.ts";
import { KernelObject } from "../../src/kernel/loader/index.ts";
import { ProbeProgramBuilder, readSystemCall } from "../../src/kernel/program/index.ts";
import { findElfFunction } from "../../src/kernel/symbol/index.ts";
import { checkPolicies } from "../../src/policy/check/index.ts";
import { SensorSource } from "../../src/source/sensor/index.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { buildNativePrograms, programPath } from "./native.ts";
import type { PolicyFigure } from "./policy-figure.ts";
import { ProgramStatistics } from "./program-time.ts";
import { median } from "./statistics.ts";

const CALLS = 20_000;
const ROUNDS = 3;
const SYMBOL = `__${process.arch === "arm64" ? "arm64" : "x64"}_sys_write`;
/** Functions whose first argument is a pointer. */
const MANY = /^security_(?:inode|path|file|socket|sk|sem|shm|msg|bprm|cred|sb|mmap)_/;
const POLICIES = 20;
const HOOKS = 5;

const types = new KernelTypes(readKernelBtf());
const source = new SensorSource(
  { nodeName: "bench" },
  {
    sink: { write: () => undefined, offer: () => undefined },
    counters: createCounters(),
    log: createConsola({ level: 0 }),
  },
);
if (!buildNativePrograms()) throw new Error("Cannot measure: install gcc");
const load = "/tmp/copy-of-system-calls";
copyFileSync(programPath("system-calls"), load);

/** Nanoseconds that a call takes. */
function write(what: "write" | "function" = "write"): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const { stdout } = Bun.spawnSync([load, what, String(CALLS)]);
    return Number(stdout.toString().split(" ")[1]);
  });
  return median(times) / CALLS;
}

/** What the kernel says of the programs and maps that this process holds. */
function held(): {
  readonly ids: ReadonlySet<number>;
  readonly run: (known: ReadonlySet<number>) => number;
  readonly bytes: number;
} {
  let bytes = 0;
  const ids = new Set<number>();
  const spent = new Map<number, number>();
  const maps = new Set<string>();
  for (const fd of readdirSync("/proc/self/fdinfo")) {
    let info: string;
    try {
      info = readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
    } catch {
      continue;
    }
    const number = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(info)?.[1]);
    const map = /^map_id:\s*(\d+)/m.exec(info)?.[1];
    const isLink = /^link_type/m.test(info);
    const program = number("prog_id");
    if (map !== undefined && !maps.has(map)) {
      maps.add(map);
      bytes += number("memlock");
    } else if (!isLink && program > 0 && !ids.has(program)) {
      ids.add(program);
      bytes += number("memlock");
      spent.set(program, number("run_time_ns") / number("run_cnt"));
    }
  }
  const run = (known: ReadonlySet<number>): number =>
    [...spent].filter(([id, time]) => !known.has(id) && time > 0).reduce((sum, [, time]) => sum + time, 0);
  return { ids, run, bytes };
}

function policy(name: string, hooks: readonly object[], section = "kprobes"): string {
  return JSON.stringify({
    apiVersion: "cilium.io/v1alpha1",
    kind: "TracingPolicy",
    metadata: { name },
    spec: { [section]: hooks },
  });
}

function report(figure: PolicyFigure): void {
  console.log(JSON.stringify(figure));
}

/** A program that somebody wrote by hand. */
function attach(write: (b: ProbeProgramBuilder) => void): KernelObject {
  const object = new KernelObject();
  const b = new ProbeProgramBuilder(types, 0);
  write(b);
  object.load(b.program("kprobe", "by_hand")).attach({ symbol: SYMBOL });
  return object;
}

/** Time a write takes and a run of the programs that came with it. */
async function measure(begin: () => Disposable): Promise<{ readonly call: number; readonly run: number }> {
  const { ids } = held();
  using _ = begin();
  const call = write();
  using _statistics = new ProgramStatistics();
  write();
  return { call, run: held().run(ids) };
}

await source.start();
const running = source.run();
const policies = await source.policies();

function loaded(name: string, hooks: readonly object[], section?: string): Disposable {
  const text = policy(name, hooks, section);
  const { policies: found, findings } = checkPolicies(text, { file: name, kernel: policies.kernel });
  if (found.length === 0) throw new Error(`Cannot load: ${JSON.stringify(findings)}`);
  policies.put(name, found[0]!);
  return { [Symbol.dispose]: () => void policies.delete(name) };
}

const bare = write();
const empty = await measure(() => attach(() => undefined));
const byHand = await measure(() =>
  attach((b) => {
    const place = readSystemCall(b, [0], "native")(0);
    b.asm.load(4, "r1", place.base, place.offset);
    b.leaveIf("r1", "!=", 9999);
  }),
);
const first = await measure(() =>
  loaded("first", [
    {
      call: "sys_write",
      syscall: true,
      args: [
        { index: 0, type: "int" },
        { index: 2, type: "size_t" },
      ],
      selectors: [{ matchArgs: [{ index: 0, operator: "Equal", values: ["9999"] }] }],
    },
  ]),
);
report({
  name: "a condition that does not hold, over a program written by hand",
  value: first.run / byHand.run,
  goal: 1.3,
  detail: `${Math.round(first.run)} over ${Math.round(byHand.run)}, the kernel's clock in both; ${Math.round(empty.run)} of an empty program`,
});
const path = await measure(() =>
  loaded("path", [
    {
      call: "sys_write",
      syscall: true,
      args: [
        { index: 0, type: "fd" },
        { index: 2, type: "size_t" },
      ],
      selectors: [{ matchArgs: [{ index: 0, operator: "Prefix", values: ["/srv/secret/"] }] }],
    },
  ]),
);
report({
  name: "write with a prefix of a path that does not match, over an empty program",
  value: (path.call - bare) / (empty.call - bare),
  goal: 2,
  detail: `${Math.round(path.call - bare)} over ${Math.round(empty.call - bare)} a call; ${Math.round(path.run)} of the program`,
});

const own = write("function");
const offset = findElfFunction(load, "probed")!;
const emptyUprobe = (() => {
  using object = new KernelObject();
  using _ = object
    .load(new ProbeProgramBuilder(types, 0).program("uprobe", "by_hand"))
    .attach({ path: load, offset });
  return write("function");
})();
const uprobe = (() => {
  const selectors = [{ matchArgs: [{ index: 0, operator: "Equal", values: ["-9999"] }] }];
  const args = [{ index: 0, type: "int" }];
  using _ = loaded("uprobe", [{ path: load, symbols: ["probed"], args, selectors }], "uprobes");
  return write("function");
})();
report({
  name: "a uprobe whose condition does not hold, over an empty program on the same function",
  value: (uprobe - own) / (emptyUprobe - own),
  goal: 1.5,
  detail: `${Math.round(uprobe - own)} over ${Math.round(emptyUprobe - own)} a call`,
});

const before = held();
const values = Array.from({ length: 10 }, (_, index) => `/srv/place-${index}/`);
const hook = {
  call: "security_file_open",
  syscall: false,
  args: [{ index: 0, type: "file" }],
  selectors: [{ matchArgs: [{ index: 0, operator: "Prefix", values }] }],
};
loaded("first-of-its-kind", [
  { ...hook, call: "security_path_truncate", args: [{ index: 0, type: "path" }] },
]);
const shared = held();
loaded("memory", [hook]);
report({
  name: "kernel memory of a policy of one hook and ten values, KB",
  value: (held().bytes - shared.bytes) / 1024,
  goal: 60,
  detail: `the first policy of all brings ${Math.round((shared.bytes - before.bytes) / 1024)} with what all share`,
});

const names = [...policies.kernel.functionNames()].filter((name) => MANY.test(name));
const functions = names.slice(0, POLICIES * HOOKS);
if (functions.length < POLICIES * HOOKS) throw new Error(`Cannot measure: ${functions.length} functions`);
const documents = Array.from({ length: POLICIES }, (_, index) => {
  const names = functions.slice(index * HOOKS, (index + 1) * HOOKS);
  return policy(
    `many-${index}`,
    names.map((call) => ({
      call,
      syscall: false,
      args: [{ index: 0, type: "uint64" }],
      selectors: [{ matchArgs: [{ index: 0, operator: "Equal", values: ["1", "2", "3"] }] }],
    })),
  );
});
const start = performance.now();
for (const [index, text] of documents.entries()) {
  const { policies: found, findings } = checkPolicies(text, { file: "many", kernel: policies.kernel });
  if (found.length === 0) throw new Error(`Cannot load: ${JSON.stringify(findings)}`);
  policies.put(`many-${index}`, found[0]!);
}
report({
  name: `loading ${POLICIES} policies with ${POLICIES * HOOKS} hooks, s`,
  value: (performance.now() - start) / 1000,
  goal: 3,
  detail: "in billions of instructions",
});
await source.stop(new AbortController().signal);
await running;
process.exit(0);
