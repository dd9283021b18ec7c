import { afterEach, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KernelTypes, readKernelBtf } from "../../../../src/kernel/btf/index.ts";
import { KernelObject } from "../../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE, type BpfMap } from "../../../../src/kernel/map/index.ts";
import { TracingProgramBuilder } from "../../../../src/kernel/program/index.ts";
import { ConditionMaps, fillMaps } from "../../../../src/policy/condition/index.ts";
import {
  compileProcessCondition,
  compileRecording,
  PROCESS_MAP,
  type ProcessCondition,
  RECORDED_NAMESPACES,
  WorkloadSelectors,
} from "../../../../src/policy/condition/process/index.ts";
import type { BinaryCondition, PidCondition } from "../../../../src/policy/policy.ts";
import { ProcessTracking } from "../../../../src/source/sensor/policy/process-tracking.ts";
import { readNamespaces } from "../../../../src/source/sensor/process/namespaces.ts";
import { describeWithBpf, isOlderThan } from "../../../kernel/support.ts";

const at = { line: 1, column: 1 };
const encode = (text: string) => new TextEncoder().encode(text);

const resources: Disposable[] = [];
afterEach(() => {
  for (const resource of resources.splice(0).toReversed()) resource[Symbol.dispose]();
});

function own<T extends Disposable>(resource: T): T {
  resources.push(resource);
  return resource;
}

/** A directory with programs that nobody else runs. */
function programs(): string {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-"));
  resources.push({ [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) });
  for (const name of ["sleep", "dash"]) copyFileSync(`/bin/${name}`, join(directory, name));
  return directory;
}

describeWithBpf("Conditions on processes", () => {
  const types = new KernelTypes(readKernelBtf());
  const hasTypedTask = !isOlderThan("5.11");
  // Those of this process, which need not be the host's.
  const hostNamespaces = Object.fromEntries(
    RECORDED_NAMESPACES.map((name, index) => [name, readNamespaces("/proc/self")[index]!]),
  );

  /** Watches system calls: which processes made one while the condition held. */
  class Watch implements Disposable {
    readonly tracking = own(new ProcessTracking({ types: () => types, procfs: "/proc" }));
    readonly #object = own(new KernelObject((name) => this.tracking.findMap(name)!));
    readonly #seen: BpfMap;

    constructor(condition: ProcessCondition, isRecorded = false) {
      this.tracking.prepare([condition]);
      const b = new TracingProgramBuilder(types, "sys_enter");
      const maps = new ConditionMaps("test");
      const { facts } = this.tracking;
      const workloads = new WorkloadSelectors({ knowsPods: false });
      const context = { asm: b.asm, builder: b, maps, facts, workloads, hostNamespaces, hasTypedTask };
      compileProcessCondition(context, condition, "failed");
      if (isRecorded) compileRecording(context, condition as never);
      const [key, count] = [b.asm.slot("key", 4), b.asm.slot("count")];
      b.asm.call("get_current_pid_tgid").alu("r0", ">>=", 32).store(4, "r10", key, "r0");
      b.mapLookup("seen", key);
      b.asm.jumpIf("r0", "==", 0, "first").set("r1", 1).atomicAdd(8, "r0", 0, "r1").jump("failed");
      b.asm.label("first").store(8, "r10", count, 1);
      b.mapUpdate("seen", key, count);
      b.asm.label("failed");
      fillMaps(this.#object, maps.all);
      const seen = { name: "seen", type: BPF_MAP_TYPE.HASH, keySize: 4, valueSize: 8, maxEntries: 10_240 };
      this.#object.createMaps([seen]);
      this.#seen = this.#object.map("seen");
      this.#object.attach(b.build("tetrad_watch"));
    }

    /** How many system calls of a process were seen. */
    calls(pid: number): number {
      const count = this.#seen.lookup(pid);
      return count === undefined ? 0 : Number(new BigUint64Array(count.slice().buffer)[0]);
    }

    sees(pid: number): boolean {
      return this.calls(pid) > 0;
    }

    get count(): number {
      return [...this.#seen.keys()].length;
    }

    forget(pid: number): void {
      this.#seen.delete(pid);
    }

    [Symbol.dispose](): void {
      using _ = this.tracking;
      this.#object[Symbol.dispose]();
    }
  }

  /** Runs a program that reads a line, and says its process id and that of a program that it runs meanwhile. */
  async function start(command: readonly string[]): Promise<{
    readonly pid: number;
    readonly child: number;
    /** Has each of them make system calls. */
    go(): Promise<void>;
  }> {
    const child = Bun.spawn({
      cmd: [...command],
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
      detached: true,
    });
    // What it has started ends with it.
    resources.push({ [Symbol.dispose]: () => void process.kill(-child.pid, "SIGKILL") });
    const reader = child.stdout.getReader();
    const line = async (): Promise<string> => {
      let text = "";
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error("The program ended");
        text += new TextDecoder().decode(value);
      }
      return text.trim();
    };
    const [pid, inner] = (await line()).split(" ").map(Number);
    return {
      pid: pid!,
      child: inner!,
      async go() {
        child.stdin.write("go\n");
        child.stdin.flush();
        await line();
      },
    };
  }

  /** A shell that runs another one of another path; both read and answer when they are asked. */
  function family(outer: string, inner = "/bin/dash"): string[] {
    // The inner one is asked through the outer one, so that both have made system calls when that answers.
    const script =
      'mkfifo "$0/in" "$0/out" 2>/dev/null; ' +
      `${inner} -c 'while read x; do echo ok; done' inner <"$0/in" >"$0/out" & ` +
      'child=$!; exec 3>"$0/in" 4<"$0/out"; echo "$$ $child"; ' +
      "while read x; do echo go >&3; read y <&4; echo ok; done";
    const directory = mkdtempSync(join(tmpdir(), "tetrad-"));
    resources.push({ [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) });
    return [outer, "-c", script, directory];
  }

  const binary = (
    operand: BinaryCondition["operand"],
    {
      of = "process",
      followsChildren = false,
    }: Partial<Pick<BinaryCondition, "of" | "followsChildren">> = {},
  ): BinaryCondition => ({ kind: "binary", at, of, operand, followsChildren });
  const equal = (path: string, isNegated = false): BinaryCondition["operand"] => ({
    operator: "EqualString",
    isNegated,
    strings: [encode(path)],
  });

  for (const order of ["before", "after"] as const) {
    /** A family that began before or after the condition was asked for. */
    const watched = async (condition: ProcessCondition, command: readonly string[]) => {
      const early = order === "before" ? await start(command) : undefined;
      const watch = own(new Watch(condition));
      const processes = early ?? (await start(command));
      // Between its beginning and its execution the inner one ran the outer one's program.
      await processes.go();
      for (const one of [processes.pid, processes.child]) watch.forget(one);
      await processes.go();
      return { watch, ...processes };
    };

    test(`on the binary hold for processes that began ${order} that`, async () => {
      const dash = join(programs(), "dash");
      const { watch, pid, child } = await watched(binary(equal(dash)), family(dash));
      expect([watch.sees(pid), watch.sees(child), watch.sees(process.pid)]).toEqual([true, false, false]);
    });

    test(`on the binary, negated, hold for others, ${order}`, async () => {
      const dash = join(programs(), "dash");
      const { watch, pid, child } = await watched(binary(equal(dash, true)), family(dash));
      expect([watch.sees(pid), watch.sees(child), watch.sees(process.pid)]).toEqual([false, true, true]);
    });

    test(`on the binary hold for what it runs with followChildren, ${order}`, async () => {
      const dash = join(programs(), "dash");
      const condition = binary(equal(dash), { followsChildren: true });
      const { watch, pid, child } = await watched(condition, family(dash));
      expect([watch.sees(pid), watch.sees(child), watch.sees(process.pid)]).toEqual([true, true, false]);
    });

    test(`on the parent's binary hold for its children alone, ${order}`, async () => {
      const dash = join(programs(), "dash");
      const { watch, pid, child } = await watched(binary(equal(dash), { of: "parent" }), family(dash));
      expect([watch.sees(pid), watch.sees(child)]).toEqual([false, true]);
    });

    test(`on an ancestor's binary hold for all that descend from it, ${order}`, async () => {
      const dash = join(programs(), "dash");
      const condition = binary(equal(dash), { of: "ancestor" });
      const { watch, pid, child } = await watched(condition, family(dash));
      expect([watch.sees(pid), watch.sees(child)]).toEqual([false, true]);
    });

    test(`on parts of the path hold as they say, ${order}`, async () => {
      const directory = programs();
      const dash = join(directory, "dash");
      const operands: BinaryCondition["operand"][] = [
        { operator: "Prefix", isNegated: false, strings: [encode(`${directory}/`)] },
        { operator: "Postfix", isNegated: false, strings: [encode(dash.slice(-12))] },
        {
          operator: "Glob",
          opensAt: "nowhere",
          isNegated: false,
          globs: [dash.replace(/tetrad-[^/]*/, "tetrad-*")],
        },
      ];
      for (const operand of operands) {
        const { watch, pid, child } = await watched(binary(operand), family(dash));
        expect([operand.operator, watch.sees(pid), watch.sees(child)]).toEqual([
          operand.operator,
          true,
          false,
        ]);
      }
    });

    test(`on an element of argv hold as they say, ${order}`, async () => {
      const dash = join(programs(), "dash");
      const condition: ProcessCondition = {
        kind: "command-argument",
        at,
        index: 3,
        operand: { operator: "EqualString", isNegated: false, strings: [encode("inner")] },
      };
      const { watch, pid, child } = await watched(condition, family(dash));
      expect([watch.sees(pid), watch.sees(child)]).toEqual([false, true]);
    });
  }

  test("on the binary with followChildren hold for each of hundreds of children, by fork and by vfork", () => {
    const dash = join(programs(), "dash");
    const watch = own(new Watch(binary(equal(dash), { followsChildren: true })));
    Bun.spawnSync([dash, "-c", "i=0; while [ $i -lt 100 ]; do /bin/true & i=$((i+1)); done; wait"]);
    expect(watch.count).toBe(101);
    const vfork = "import subprocess\nfor i in range(50): subprocess.run(['/bin/true'])";
    Bun.spawnSync([dash, "-c", 'exec python3 -c "$0"', vfork]);
    expect(watch.count).toBeGreaterThanOrEqual(101 + 51);
  });

  test("on a number hold for that process, with followForks for those that descend from it", async () => {
    const { pid, child, go } = await start(family("/bin/dash"));
    const condition = (followsForks: boolean, isNegated = false): PidCondition => ({
      kind: "pid",
      at,
      isNegated,
      pids: [pid, 0x7fff_fff0],
      isNamespacePid: false,
      followsForks,
    });
    const watches = [condition(false), condition(false, true), condition(true), condition(true, true)].map(
      (one) => own(new Watch(one)),
    );
    await go();
    expect(watches.map((watch) => [watch.sees(pid), watch.sees(child), watch.sees(process.pid)])).toEqual([
      [true, false, false],
      [false, true, true],
      [true, true, false],
      [false, false, true],
    ]);
  });

  test("on a number in the PID namespace hold for that number there, which is 0 on the host", async () => {
    const inside: PidCondition = {
      kind: "pid",
      at,
      isNegated: false,
      pids: [1],
      isNamespacePid: true,
      followsForks: false,
    };
    const first = own(new Watch(inside));
    const host = own(new Watch({ ...inside, pids: [0] }));
    const run = Bun.spawnSync([
      "unshare",
      "--pid",
      "--fork",
      "/bin/dash",
      "-c",
      // Both say their own numbers on the host.
      "read pid rest </proc/self/stat; echo $pid; readlink /proc/self; echo $$",
    ]);
    const [shell, child, ownPid] = run.stdout.toString().trim().split("\n").map(Number);
    expect(ownPid).toBe(1);
    const seen = [shell!, child!].map((one) => [first.sees(one), host.sees(one)]);
    expect(seen).toEqual([
      [true, false],
      [false, false],
    ]);
    expect([first.sees(process.pid), host.sees(process.pid)]).toEqual([false, true]);
  });

  test("on namespaces hold by their numbers now", async () => {
    const condition = { kind: "namespace", at, namespace: "Uts", values: ["host"] } as const;
    const host = own(new Watch({ ...condition, isNegated: false }));
    const others = own(new Watch({ ...condition, isNegated: true }));
    const { pid, go } = await start(["unshare", "--uts", ...family("/bin/dash")]);
    host.forget(pid);
    await go();
    expect([host.sees(pid), others.sees(pid)]).toEqual([false, true]);
    expect([host.sees(process.pid), others.sees(process.pid)]).toEqual([true, false]);
  });

  test("on every namespace hold for the host's where nothing is changed", () => {
    for (const namespace of RECORDED_NAMESPACES) {
      if (hostNamespaces[namespace] === 0) continue;
      using watch = new Watch({ kind: "namespace", at, isNegated: false, namespace, values: ["host"] });
      readFileSync("/proc/self/stat");
      expect([namespace, watch.sees(process.pid)]).toEqual([namespace, true]);
    }
  });

  test("on changes of namespaces hold between the change and the next program, once where that is recorded", async () => {
    const change = { kind: "namespace-change", at, isNegated: false } as const;
    const uts = own(new Watch({ ...change, namespaces: ["Uts"] }));
    const once = own(new Watch({ ...change, namespaces: ["Uts"] }, true));
    const net = own(new Watch({ ...change, namespaces: ["Net"] }));
    const notNet = own(new Watch({ ...change, isNegated: true, namespaces: ["Net"] }));
    const { pid, go } = await start(["unshare", "--uts", ...family("/bin/dash")]);
    expect([uts.sees(pid), net.sees(pid), notNet.sees(pid)]).toEqual([true, false, true]);
    expect(once.calls(pid)).toBe(1);
    uts.forget(pid);
    await go();
    expect(uts.sees(pid)).toBe(false);
  });

  test("on capabilities hold by the sets now", async () => {
    const condition = {
      kind: "capability",
      at,
      set: "effective",
      capabilities: 1n << 21n,
      isNamespaceCapability: false,
    } as const;
    const has = own(new Watch({ ...condition, isNegated: false }));
    const lacks = own(new Watch({ ...condition, isNegated: true }));
    const inside = own(new Watch({ ...condition, isNegated: false, isNamespaceCapability: true }));
    const user = await start(
      ["setpriv", "--reuid=65534", "--clear-groups", ...family("/bin/dash")]
        .slice(0, 3)
        .concat("/bin/dash", "-c", 'echo "$$ 0"; while read x; do echo ok; done'),
    );
    const namespaced = await start([
      "unshare",
      "--user",
      "--map-root-user",
      "/bin/dash",
      "-c",
      'echo "$$ 0"; while read x; do echo ok; done',
    ]);
    for (const one of [user, namespaced]) {
      for (const watch of [has, lacks, inside]) watch.forget(one.pid);
      await one.go();
    }
    const seen = (pid: number) => [has, lacks, inside].map((watch) => watch.sees(pid));
    expect(seen(user.pid)).toEqual([false, true, false]);
    expect(seen(namespaced.pid)).toEqual([true, false, true]);
    expect(seen(process.pid)).toEqual([true, false, false]);
  });

  test("on changes of capabilities hold where they differ from those at the execution", async () => {
    const condition = {
      kind: "capability-change",
      at,
      isNegated: false,
      set: "effective",
      isNamespaceCapability: false,
    } as const;
    const admin = own(new Watch({ ...condition, capabilities: 1n << 21n }));
    const none = own(new Watch({ ...condition, capabilities: 1n << 60n }));
    // setpriv(1) changes its ids, and with them its capabilities, before it executes.
    const { pid } = await start([
      "setpriv",
      "--reuid=65534",
      "--clear-groups",
      "/bin/dash",
      "-c",
      'echo "$$ 0"; read x',
    ]);
    expect([admin.sees(pid), none.sees(pid)]).toEqual([true, false]);
  });

  test("on the binary hold when a thread that is not the first one executed it, and for its line", async () => {
    const dash = join(programs(), "dash");
    const descends = own(new Watch(binary(equal(dash), { followsChildren: true })));
    const script =
      "import os,threading\n" +
      "threading.Thread(target=lambda: os.execv('/bin/dash', ['dash', '-c', 'echo $$ 0; while read x; do echo ok; done'])).start()\n" +
      "threading.Event().wait()";
    const { pid, go } = await start([dash, "-c", `exec python3 -c "${script.replaceAll("$", "\\$")}"`]);
    descends.forget(pid);
    await go();
    expect(descends.sees(pid)).toBe(true);
  });

  test("on what is not there any more take no memory", async () => {
    const watch = own(new Watch(binary(equal("/nowhere"))));
    const map = watch.tracking.findMap(PROCESS_MAP) as BpfMap;
    const { pid } = Bun.spawnSync(["/bin/true"]);
    const deadline = Date.now() + 10_000;
    while (map.lookup(pid) !== undefined && Date.now() < deadline) await Bun.sleep(20);
    expect(map.lookup(pid)).toBeUndefined();
    expect(map.lookup(process.pid)).toBeDefined();
  });

  test("on elements of argv that are not read are refused", () => {
    using tracking = new ProcessTracking({ types: () => types, procfs: "/proc" });
    const operand = { operator: "Prefix", isNegated: false, strings: [encode("x")] } as const;
    const element = (index: number): ProcessCondition => ({ kind: "command-argument", at, index, operand });
    tracking.prepare([element(0), element(255)]);
    expect(() => tracking.prepare([element(256)])).toThrow(
      "Cannot compare element 256 of the command line: needs one of the first 256",
    );
  });

  test("that are expected are prepared with the first one, and what cannot be does not keep the others", () => {
    using tracking = new ProcessTracking({ types: () => types, procfs: "/proc" });
    const [first, second] = [binary(equal("/first")), binary(equal("/second"))];
    tracking.expect([second]);
    tracking.prepare([first]);
    tracking.keepOnly([first]);
    expect(tracking.facts.all.length).toBe(2);
    tracking.expect([]);
    tracking.keepOnly([first]);
    expect(tracking.facts.all.length).toBe(1);
    const operand = { operator: "Prefix", isNegated: false, strings: [encode("x")] } as const;
    tracking.expect([{ kind: "command-argument", at, index: 256, operand }]);
    tracking.prepare([first, second]);
    expect(tracking.facts.all.length).toBe(2);
  });

  test("are given up when nobody asks any more, and come back", () => {
    using tracking = new ProcessTracking({ types: () => types, procfs: "/proc" });
    const [first, second] = [binary(equal("/first")), binary(equal(process.execPath))];
    tracking.prepare([first, second]);
    expect(tracking.facts.all.length).toBe(2);
    tracking.keepOnly([second]);
    expect(tracking.facts.all.length).toBe(1);
    expect(tracking.findMap(PROCESS_MAP)).toBeDefined();
    tracking.keepOnly([]);
    expect(tracking.findMap(PROCESS_MAP)).toBeUndefined();
    tracking.prepare([first]);
    expect(tracking.findMap(PROCESS_MAP)).toBeDefined();
  });
});
