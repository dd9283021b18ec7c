/** The sensor as a source: its life, its scope, and what it says when it cannot run. */
import { describe, expect, test } from "bun:test";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createConsola } from "consola";
import { diagnose, doctor } from "../../../src/cli/doctor.ts";
import { type CapabilityName, capabilitySet, readProcessPrivileges } from "../../../src/os/capability.ts";
import { SensorSource } from "../../../src/source/sensor/index.ts";
import { cgroup2Mount } from "../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { resolveScope } from "../../../src/source/sensor/scope/scope.ts";
import { WatchedScope } from "../../../src/source/sensor/scope/watched-scope.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import { runCommand } from "../../cli/support.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createCgroup, createPidNamespace, RunningSensor, removeEmptyCgroup, until } from "./support.ts";

function has(capability: CapabilityName): boolean {
  return (readProcessPrivileges().effective & capabilitySet([capability])) !== 0n;
}

function createSensor(scope: string): SensorSource {
  const sink = { write: () => undefined, offer: () => {} };
  return new SensorSource(
    { nodeName: "test", scope },
    { sink, counters: createCounters(), log: createConsola({ level: 0 }) },
  );
}

/** What this process has open, but for the processes that Bun waits for. */
function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd")
    .flatMap((number) => {
      try {
        return [readlinkSync(`/proc/self/fd/${number}`)];
      } catch {
        // The one that the directory was read through is closed by now.
        return [];
      }
    })
    .filter((target) => !target.endsWith("[pidfd]"))
    .sort();
}

describe("resolveScope()", () => {
  for (const [scope, message] of [
    ["", 'Cannot read --sensor-scope "": expected cgroup:PATH or pidns:PID'],
    ["cgroup:", 'Cannot read --sensor-scope "cgroup:": expected cgroup:PATH or pidns:PID'],
    ["pidns:x", 'Cannot read --sensor-scope "pidns:x": expected cgroup:PATH or pidns:PID'],
    ["pidns:0", 'Cannot use --sensor-scope "pidns:0": no process 0 in "/proc"'],
  ] as const) {
    test(`refuses "${scope}"`, () => {
      expect(() => resolveScope(scope)).toThrow(message);
    });
  }
});

describeWithBpf("resolveScope() of a cgroup", () => {
  const mount = cgroup2Mount()!;

  test("takes a directory by its absolute path or relative to the mount, and knows who is in it", async () => {
    await using enclosure = await createCgroup();
    const { path } = enclosure;
    // Ended by the enclosure.
    const inside = Bun.spawn(["/bin/sh", "-c", `echo $$ > ${path}/cgroup.procs && exec sleep 1000`]);
    const members = () => readFileSync(join(path, "cgroup.procs"), "latin1");
    await until(() => members() === `${inside.pid}\n`, "a process is in the cgroup");
    for (const name of [path, path.slice(mount.length), path.slice(mount.length + 1)]) {
      using scope = resolveScope(`cgroup:${name}`);
      expect(scope.cgroupId).toBe(statSync(path, { bigint: true }).ino);
      expect([scope.contains(inside.pid), scope.contains(process.pid)]).toEqual([true, false]);
      expect(scope.hasEnded()).toBe(false);
    }
  });

  test("refuses what is outside of the hierarchy, whatever way leads there, and what is not a directory", async () => {
    await using enclosure = await createCgroup();
    const { path } = enclosure;
    const outside = dirname(mount);
    for (const [name, reason] of [
      [`/../${basename(outside)}`, "no directory"],
      ["/..", "is no cgroup of the v2 hierarchy"],
      [`${mount}/../..`, "is no cgroup of the v2 hierarchy"],
      [`${path}/cgroup.procs`, "no directory"],
      [`${path}/missing`, "no directory"],
    ] as const) {
      expect(() => resolveScope(`cgroup:${name}`)).toThrow(reason);
    }
  });

  test("has ended when the directory is gone, even when there is another one of its name", async () => {
    await using enclosure = await createCgroup();
    const { path } = enclosure;
    using scope = resolveScope(`cgroup:${path}`);
    expect(scope).toMatchObject({ mayReturn: true });
    await removeEmptyCgroup(path);
    expect(scope.hasEnded()).toBe(true);
    mkdirSync(path);
    expect(scope.hasEnded()).toBe(true);
  });
});

describeWithBpf("WatchedScope", () => {
  test("is looked at once a second, whatever runs in a cgroup", async () => {
    await using enclosure = await createCgroup();
    using watched = new WatchedScope(`cgroup:${enclosure.path}`, "/proc");
    expect(watched.look(0, false)).toBe("none");
    await removeEmptyCgroup(enclosure.path);
    expect([watched.look(999, false), watched.look(999, true)]).toEqual(["none", "none"]);
    expect(watched.look(1_000, true)).toBe("gone");
    mkdirSync(enclosure.path);
    expect(watched.look(1_999, false)).toBe("none");
    watched.hasten();
    expect(watched.look(1_999, false)).toBe("back");
  });
});

describeWithBpf("resolveScope() of a PID namespace", () => {
  test("has ended with the first process, whichever one it was named by", async () => {
    await using enclosure = await createPidNamespace();
    const first = Number(enclosure.scope.slice("pidns:".length));
    const other = Bun.spawn(["nsenter", "-t", String(first), "-p", "sleep", "1000"]);
    const children = `/proc/${other.pid}/task/${other.pid}/children`;
    await until(() => readFileSync(children, "latin1") !== "", "another process is in it");
    const second = readFileSync(children, "latin1").trim();
    using byFirst = resolveScope(enclosure.scope);
    using bySecond = resolveScope(`pidns:${second}`);
    expect(bySecond.kernel).toEqual(byFirst.kernel);
    for (const scope of [byFirst, bySecond]) {
      expect([scope.contains(first), scope.contains(Number(second)), scope.contains(process.pid)]).toEqual([
        true,
        true,
        false,
      ]);
      expect([scope.hasEnded(), scope.mayReturn]).toEqual([false, false]);
    }
    await enclosure[Symbol.asyncDispose]();
    await until(() => byFirst.hasEnded() && bySecond.hasEnded(), "the namespace has ended");
    await other.exited;
  });

  test("keeps the number of the namespace from being another's", async () => {
    await using enclosure = await createPidNamespace();
    using scope = resolveScope(enclosure.scope);
    await enclosure[Symbol.asyncDispose]();
    await until(() => scope.hasEnded(), "the namespace has ended");
    for (let i = 0; i < 5; i++) {
      await using next = await createPidNamespace();
      expect(scope.contains(Number(next.scope.slice("pidns:".length)))).toBe(false);
    }
  });

  test("keeps the number even when its end was seen, as long as programs may use it", async () => {
    await using enclosure = await createPidNamespace();
    using watched = new WatchedScope(enclosure.scope, "/proc");
    await enclosure[Symbol.asyncDispose]();
    await until(() => watched.look(performance.now(), false) === "over", "the namespace has ended");
    for (let i = 0; i < 5; i++) {
      await using next = await createPidNamespace();
      expect(watched.contains(Number(next.scope.slice("pidns:".length)))).toBe(false);
    }
  });

  test("has ended with the first process, even when nobody takes note of that process's end", async () => {
    // The shell's first child is the namespace's first process; what the shell becomes never asks for it.
    const keeper = Bun.spawn(
      ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "sh", "-c", "sleep 1000 & exec sleep 2000"],
      { stdio: ["ignore", "ignore", "ignore"] },
    );
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(async () => {
      keeper.kill("SIGKILL");
      await keeper.exited;
    });
    const children = `/proc/${keeper.pid}/task/${keeper.pid}/children`;
    await until(() => readFileSync(children, "latin1") !== "", "the namespace has its first process");
    const first = Number(readFileSync(children, "latin1"));
    using scope = resolveScope(`pidns:${first}`);
    expect(scope.hasEnded()).toBe(false);
    process.kill(first, "SIGKILL");
    await until(() => scope.hasEnded(), "the namespace has ended");
    expect(readFileSync(`/proc/${first}/stat`, "latin1")).toContain(") Z ");
  });

  test.skipIf(!has("CAP_SYS_PTRACE"))(
    "says which right it takes to look at the process of another user",
    () => {
      const script = `
      const { resolveScope } = await import(${JSON.stringify(join(import.meta.dir, "../../../src/source/sensor/scope/scope.ts"))});
      try { resolveScope("pidns:${process.pid}") } catch ({ code, message }) { console.log(code, message) }
    `;
      const { stdout } = Bun.spawnSync(
        ["setpriv", "--bounding-set=-sys_ptrace,-sys_admin", process.execPath, "-e", script],
        { stderr: "inherit" },
      );
      expect(stdout.toString()).toBe(
        `unsupported Cannot use --sensor-scope "pidns:${process.pid}": this process may not look at process ${process.pid} (EACCES); run as root, or grant CAP_SYS_PTRACE\n`,
      );
    },
  );
});

describe("SensorSource", () => {
  test("stop() before run() is legal, and run() then ends at once", async () => {
    const sensor = createSensor("pidns:1");
    await sensor.stop(AbortSignal.abort());
    await sensor.stop(AbortSignal.abort());
    await sensor.start();
    await sensor.run();
  });

  test("start() rejects for a scope that does not exist", async () => {
    await expect(createSensor("pidns:0").start()).rejects.toThrow('--sensor-scope "pidns:0"');
  });
});

describeWithBpf("a running sensor", () => {
  test("closes everything when it is stopped", async () => {
    await using enclosure = await createPidNamespace();
    const before = openDescriptors();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      probes: { "enable-network-events": true },
    });
    expect(openDescriptors().length).toBeGreaterThan(before.length);
    await sensor[Symbol.asyncDispose]();
    // Bun opens some for itself at its own time, and closes those in the background.
    const left = () => openDescriptors().filter((target) => !before.includes(target));
    await until(() => left().length === 0, `closed: ${left().join(", ")}`);
    expect(readFileSync("/proc/self/maps", "latin1")).not.toContain("bpf-map");
  });

  test("hands over what happened just before stop()", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run(["/bin/true", "last"]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.exits.some(({ process }) => process.arguments === "last")).toBe(true);
  });

  test("takes a larger ring than one that the longest record would not fit into", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({ scope: enclosure.scope, ringBufferSize: 4096 });
    await enclosure.run(["/bin/true", "x".repeat(10_000)]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.execs.some(({ process }) => process.arguments?.length === 10_000)).toBe(true);
    expect(sensor.counters.lost).toBe(0);
    expect(sensor.messages.some((text) => text.includes("--rb-size 4096"))).toBe(true);
  });

  test("sees processes of cgroups below its own", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    const directory = enclosure.scope.slice("cgroup:".length);
    await enclosure.run([
      "/bin/sh",
      "-c",
      `mkdir ${directory}/below && echo $$ > ${directory}/below/cgroup.procs && /bin/true deep`,
    ]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.execs.some(({ process }) => process.arguments === "deep")).toBe(true);
  });

  test("sees processes of cgroups far below its own", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    const directory = enclosure.scope.slice("cgroup:".length);
    const below = `${directory}/${Array.from({ length: 60 }, () => "d").join("/")}`;
    await enclosure.run([
      "/bin/sh",
      "-c",
      `mkdir -p ${below} && echo $$ > ${below}/cgroup.procs && /bin/true deep && echo $$ > ${directory}/cgroup.procs`,
    ]);
    await sensor[Symbol.asyncDispose]();
    expect(sensor.execs.some(({ process }) => process.arguments === "deep")).toBe(true);
  });
});

describeWithBpf("a sensor whose scope ends", () => {
  const waits = (sensor: RunningSensor) =>
    sensor.messages.filter((message) => message.includes("waiting for another")).length;

  test("ends with a PID namespace, after all that happened in it", async () => {
    await using enclosure = await createPidNamespace();
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run(["/bin/true", "last"]);
    await enclosure[Symbol.asyncDispose]();
    await sensor.ended;
    expect(sensor.exits.map(({ process }) => process.arguments)).toEqual(["last", "1000"]);
    expect(sensor.messages.at(-1)).toBe(
      `Sensor scope ${enclosure.scope} has ended: no process will be in it any more`,
    );
  });

  test("goes on with another cgroup of the same name", async () => {
    await using enclosure = await createCgroup();
    const { path } = enclosure;
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    const watches = () => sensor.messages.filter((message) => message.startsWith("Sensor watches")).length;
    for (let times = 1; times <= 3; times++) {
      await until(() => watches() === times, "it watches");
      await enclosure.run(["/bin/true", `run-${times}`]);
      // Moved out before: its end is not seen.
      const moved = Bun.spawn(["/bin/sh", "-c", `echo $$ > ${path}/cgroup.procs && exec sleep 1000`]);
      await until(
        () => sensor.execs.filter(({ process }) => process.binary === "/usr/bin/sleep").length === times,
        "the program that is to be moved is reported",
      );
      writeFileSync(join(cgroup2Mount()!, "cgroup.procs"), String(moved.pid));
      moved.kill("SIGKILL");
      await moved.exited;
      await removeEmptyCgroup(path);
      // At once, as a service manager does, and later.
      if (times === 2) await until(() => waits(sensor) > 0, "it waits");
      mkdirSync(path);
    }
    await until(() => watches() === 4, "it watches");
    expect(sensor.source.figures.processes.size).toBe(0);
    await sensor[Symbol.asyncDispose]();
    const told = sensor.exits.filter(({ process }) => process.binary === realpathSync("/bin/true"));
    expect(told.map(({ process }) => process.arguments)).toEqual(["run-1", "run-2", "run-3"]);
    expect(sensor.counters.lost).toBe(0);
  });

  test("reads from procfs what runs in the other cgroup already", async () => {
    await using enclosure = await createCgroup();
    const { path } = enclosure;
    await using sensor = await RunningSensor.start({ scope: enclosure.scope });
    await removeEmptyCgroup(path);
    await until(() => waits(sensor) > 0, "it waits");
    const running = Bun.spawn(["sleep", "1000"]);
    mkdirSync(path);
    writeFileSync(join(path, "cgroup.procs"), String(running.pid));
    await until(() => sensor.execs.length > 0, "the program is reported");
    expect(sensor.execs[0]?.process).toMatchObject({
      pid: running.pid,
      arguments: "1000",
      flags: expect.stringContaining("procFS"),
    });
  });
});

describeWithBpf("tetrad doctor", () => {
  test("says that the sensor can run, where it can", async () => {
    expect(diagnose().isUsable).toBe(true);
    const { code, out } = await runCommand(doctor, []);
    expect(code).toBe(0);
    const report = Bun.stripANSI(out);
    expect(report).toContain("ok  kernel ");
    expect(report).toContain("hook sched_process_exec");
    expect(report).toContain("\nThe sensor can run here.\n");
  });
});
