/** What `process_exec` and `process_exit` say, for processes that a test starts in a PID namespace of its own. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isValidEvent } from "../../../src/event/validate.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createPidNamespace, type Enclosure, type ProcessEvent, RunningSensor, until } from "./support.ts";

const HELPER = join(import.meta.dir, "../../os/exec-helper.ts");
const BUN = process.execPath;
/** What the kernel executes under names that may be symbolic links, or lead through some. */
const TRUE = realpathSync("/bin/true");
const SHELL = realpathSync("/bin/sh");

/** Why no overlay can be mounted on the directory of temporary files: no right, no overlayfs, or a file system that cannot carry one. */
function findOverlayObstacle(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-overlay-"));
  const script = `mkdir low up work all && unshare --mount mount -t overlay -o lowerdir=low,upperdir=up,workdir=work none all`;
  const { exitCode, stderr } = Bun.spawnSync(["sh", "-c", script], { cwd: directory });
  rmSync(directory, { recursive: true });
  return exitCode === 0 ? undefined : stderr.toString().trim();
}

const overlayObstacle = findOverlayObstacle();
if (overlayObstacle !== undefined)
  console.warn(`SKIPPED: a test of programs in an overlay: ${overlayObstacle}`);

describeWithBpf("process events", () => {
  let directory: string;
  let enclosure: Enclosure;
  let sensor: RunningSensor;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "tetrad-sensor-"));
    chmodSync(directory, 0o755);
    enclosure = await createPidNamespace();
    sensor = await RunningSensor.start({
      scope: enclosure.scope,
      credentials: true,
      namespaces: true,
      environment: true,
      environmentFilter: ["TETRAD_TEST"],
      ancestors: true,
    });
  });
  afterAll(async () => {
    await sensor[Symbol.asyncDispose]();
    await enclosure[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  let runs = 0;
  /** Runs a shell script and returns the events of the processes in whose arguments `MARK` stands. */
  async function run(
    script: string,
    cwd = directory,
  ): Promise<{ execs: ProcessEvent[]; exits: ProcessEvent[] }> {
    const mark = `mark-${runs++}`;
    await enclosure.run(["/bin/sh", "-c", `${script}\n:`.replaceAll("MARK", mark), "shell"], { cwd });
    // The shell's end is the last event of the run.
    const isShell = ({ process }: ProcessEvent): boolean =>
      (process.arguments ?? "").includes(mark) && (process.arguments ?? "").endsWith(" shell");
    await until(
      () => sensor.exits.some((event) => isShell(event) && event.process.flags.includes("execve")),
      "the shell's end is reported",
    );
    const isMarked = (event: ProcessEvent): boolean =>
      (event.process.arguments ?? "").includes(mark) && !isShell(event);
    return { execs: sensor.execs.filter(isMarked), exits: sensor.exits.filter(isMarked) };
  }

  test("a command: binary, the name as it was given, working directory, quoted arguments, exit code", async () => {
    const { execs, exits } = await run(`/bin/sh -c 'exit 42' 'two words' MARK`);
    expect(execs).toHaveLength(1);
    expect(execs[0]?.process).toMatchObject({
      binary: SHELL,
      cwd: directory,
      flags: "execve clone",
      uid: 0,
    });
    expect(execs[0]?.process.arguments).toMatch(/^-c "exit 42" "two words" mark-\d+$/);
    expect(execs[0]?.process.refcnt).toBeUndefined();
    expect(execs[0]?.parent?.refcnt).toBeUndefined();
    expect(execs[0]?.process.tid).toBe(execs[0]!.process.pid);
    expect(exits).toHaveLength(1);
    expect(exits[0]).toMatchObject({ status: 42, process: { exec_id: execs[0]!.process.exec_id } });
    expect(exits[0]?.signal).toBeUndefined();
  });

  test("exec_id is base64 of node, time and pid, and start_time is its time", async () => {
    const { execs } = await run("/bin/true MARK");
    const [node, time, pid] = Buffer.from(execs[0]!.process.exec_id, "base64").toString().split(":");
    expect([node, pid]).toEqual(["test", String(execs[0]!.process.pid)]);
    expect(time).toMatch(/^\d+$/);
    const event = sensor.events.find(
      ({ process_exec }) => process_exec?.process.exec_id === execs[0]!.process.exec_id,
    );
    expect(event?.time).toBe(execs[0]!.process.start_time);
    expect(event?.node_name).toBe("test");
  });

  test("a path relative to the working directory becomes absolute, across a mount point", async () => {
    const up = "../".repeat(20);
    const { execs } = await run(`cd /proc/1 && ${up}bin/true MARK`);
    expect(execs[0]?.process).toMatchObject({ binary: TRUE, filename: `${up}bin/true`, cwd: "/proc/1" });
  });

  test("the root as working directory is flagged", async () => {
    const { execs } = await run("cd / && /bin/true MARK");
    expect(execs[0]?.process).toMatchObject({ cwd: "/", flags: "execve rootcwd clone" });
  });

  test("a script is reported by its interpreter, which is what runs, and by its own name beside that", async () => {
    const script = join(directory, "script.sh");
    writeFileSync(script, "#!/bin/sh -e\nexit 7\n", { mode: 0o755 });
    const { execs, exits } = await run("./script.sh MARK");
    expect(execs).toHaveLength(1);
    expect(execs[0]?.process).toMatchObject({ binary: SHELL, filename: "./script.sh" });
    expect(execs[0]?.process.arguments).toMatch(/^-e \.\/script\.sh mark-\d+$/);
    expect(exits[0]?.status).toBe(7);
  });

  test("a symbolic link is reported by what it leads to, its own name beside that", async () => {
    symlinkSync("/bin/true", join(directory, "link"));
    const { execs } = await run("./link MARK");
    expect(execs[0]?.process).toMatchObject({ binary: TRUE, filename: "./link" });
  });

  test("a second program of one process has the first as its parent, and one exit comes", async () => {
    const { execs, exits } = await run(`/bin/sh -c 'exec /bin/true second "$0"' MARK`);
    expect(execs).toHaveLength(2);
    const [first, second] = execs;
    expect(second?.process.pid).toBe(first!.process.pid);
    expect(second?.process.flags).toBe("execve");
    expect(second?.process.parent_exec_id).toBe(first!.process.exec_id);
    expect(second?.parent?.exec_id).toBe(first!.process.exec_id);
    expect(exits.map(({ process }) => process.exec_id)).toEqual([second!.process.exec_id]);
  });

  for (const [signal, name] of [
    ["KILL", "SIGKILL"],
    ["ABRT", "SIGABRT"],
    ["TERM", "SIGTERM"],
  ] as const) {
    test(`an end by ${name} is reported by name`, async () => {
      const { exits } = await run(`ulimit -c 0; /bin/sh -c 'kill -${signal} $$' MARK`);
      expect(exits).toHaveLength(1);
      expect(exits[0]?.signal).toBe(name);
      expect(exits[0]?.status).toBeUndefined();
    });
  }

  test("a process that executes nothing ends once, as a clone of its parent", async () => {
    const before = sensor.exits.length;
    await run("(exit 9)\n/bin/true MARK");
    const clones = sensor.exits.slice(before).filter(({ process }) => process.flags === "clone");
    expect(clones).toHaveLength(1);
    expect(clones[0]).toMatchObject({ status: 9, process: { binary: SHELL } });
    expect(clones[0]?.parent?.exec_id).toBe(clones[0]!.process.parent_exec_id);
  });

  test("an orphan's program has its new parent", async () => {
    const { execs } = await run(
      `/bin/sh -c '(while kill -0 $$ 2>/dev/null; do :; done; exec /bin/true orphan "$0") &' MARK`,
    );
    const mark = execs[0]!.process.arguments!.match(/mark-\d+/)![0];
    const isOrphan = ({ process }: ProcessEvent): boolean => process.arguments === `orphan ${mark}`;
    await until(() => sensor.execs.some(isOrphan), "the orphan executes its program");
    const orphan = sensor.execs.find(isOrphan);
    expect(orphan?.process.flags).toBe("execve clone");
    expect(orphan?.parent?.binary).toBe("/usr/bin/sleep");
    expect(orphan?.parent?.flags).toContain("procFS");
  });

  test("a process with threads begins once and ends once", async () => {
    const { execs, exits } = await run(`${BUN} ${HELPER} spawn /bin/true MARK`);
    const byBinary = (events: ProcessEvent[], binary: string) =>
      events.filter(({ process }) => process.binary === binary);
    expect(byBinary(execs, BUN)).toHaveLength(1);
    expect(byBinary(exits, BUN).filter(({ process }) => process.flags.includes("execve"))).toHaveLength(1);
    const child = byBinary(execs, TRUE)[0];
    expect(child?.parent?.exec_id).toBe(byBinary(execs, BUN)[0]!.process.exec_id);
  });

  test("a program executed from another thread keeps its process", async () => {
    const { execs, exits } = await run(`${BUN} ${HELPER} thread /bin/true MARK`);
    expect(execs).toHaveLength(2);
    const [first, second] = execs;
    expect(second?.process).toMatchObject({
      binary: TRUE,
      pid: first!.process.pid,
      tid: first!.process.pid,
    });
    expect(second?.process.parent_exec_id).toBe(first!.process.exec_id);
    expect(exits.map(({ process }) => process.exec_id)).toEqual([second!.process.exec_id]);
  });

  test("a program that is in no directory is reported as the kernel calls it, and has no links", async () => {
    const { execs } = await run(`${BUN} ${HELPER} memfd /bin/true MARK`);
    expect(execs).toHaveLength(2);
    expect(execs[1]?.process.binary).toBe("/memfd:tetrad-test (deleted)");
    expect(execs[1]?.process.filename).toMatch(/^\/dev\/fd\/\d+$/);
    expect(execs[1]?.process.binary_properties).toMatchObject({
      file: { inode: { links: 0 }, path: "/memfd:tetrad-test" },
    });
  });

  test("a program executed by descriptor is reported by its path, whatever its arguments say", async () => {
    const { execs } = await run(`${BUN} ${HELPER} descriptor /usr/bin/true MARK-/dev/fd/FD`);
    expect(execs).toHaveLength(2);
    expect(execs[1]?.process.arguments).toMatch(/-\/dev\/fd\/\d+$/);
    expect(execs[1]?.process.binary).toBe("/usr/bin/true");
  });

  test("a script executed by descriptor is reported by its interpreter, and by that descriptor", async () => {
    const script = join(directory, "by-descriptor.sh");
    writeFileSync(script, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const { execs } = await run(`${BUN} ${HELPER} descriptor ${script} MARK`);
    expect(execs).toHaveLength(2);
    expect(execs[1]?.process.binary).toBe(SHELL);
    // Not by a matcher within an object: the runner puts the matcher into the event, which is validated below.
    expect(execs[1]?.process.filename).toMatch(/^\/dev\/fd\/\d+$/);
  });

  test("a program executed by descriptor is reported by its path even where no credentials are asked for", async () => {
    await using plain = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run([BUN, HELPER, "descriptor", "/usr/bin/true", "plain-descriptor"]);
    await enclosure.run([BUN, HELPER, "memfd", "/bin/true", "plain-memfd"]);
    const told = (argument: string) =>
      plain.execs
        .filter(({ process }) => process.arguments === argument)
        .map(({ process }) => process.binary);
    await until(() => told("plain-memfd").length === 1, "the last program is reported");
    expect(told("plain-descriptor")).toEqual(["/usr/bin/true"]);
    expect(told("plain-memfd")).toEqual(["/memfd:tetrad-test (deleted)"]);
  });

  test("a path that leads through a symbolic link is not taken for what its text says", async () => {
    const evil = join(directory, "a", "b");
    mkdirSync(evil, { recursive: true });
    copyFileSync("/bin/true", join(directory, "a", "program"));
    copyFileSync("/bin/true", join(evil, "other"));
    symlinkSync(evil, join(directory, "linked"));
    const { execs } = await run("linked/../program MARK; ./linked/other MARK; cd linked; ../program MARK");
    expect(execs.map(({ process }) => [process.binary, process.filename])).toEqual([
      [join(directory, "a", "program"), "linked/../program"],
      [join(evil, "other"), "./linked/other"],
      [join(directory, "a", "program"), "../program"],
    ]);
  });

  test("a program named by a descriptor is reported by its path, and a removed one as deleted", async () => {
    const program = join(directory, "removed");
    copyFileSync("/bin/true", program);
    const { execs } = await run(
      `exec 7< ${TRUE} 8< ./removed; rm removed; cp /bin/sh removed
      /proc/self/fd/7 MARK; /dev/fd/7 MARK; /proc/self/fd/8 MARK; rm removed`,
    );
    expect(execs.map(({ process }) => process.binary)).toEqual([TRUE, TRUE, `${program} (deleted)`]);
  });

  test("a program in a mount that is mounted nowhere is not reported as if it were at the root", async () => {
    const { execs } = await run(`${BUN} ${HELPER} detached ${TRUE} MARK`);
    expect(execs.at(-1)?.process.binary).toBe("(unreachable)/true");
    expect(execs.at(-1)?.process.filename).toMatch(/^\/proc\/self\/fd\/\d+\/true$/);
  });

  test.skipIf(overlayObstacle !== undefined)(
    "a program in an overlay is reported by its path there",
    async () => {
      const { execs } = await run(
        `mkdir low up work all; cp /bin/true low/program
      unshare --mount sh -c 'mount -t overlay -o lowerdir=low,upperdir=up,workdir=work none all && all/program "$0"' MARK
      rm -rf low up work all`,
      );
      const told = execs.find(({ process }) => process.filename === "all/program");
      expect(told?.process.binary).toBe(join(directory, "all", "program"));
    },
  );

  test("a set-uid program shows whose privileges it took", async () => {
    const program = join(directory, "set-uid");
    copyFileSync("/bin/true", program);
    chmodSync(program, 0o4755);
    const { execs } = await run("setpriv --reuid 65534 --regid 65534 --clear-groups ./set-uid MARK");
    const event = execs.find(({ process }) => process.binary === program);
    expect(event?.process.uid).toBe(0);
    expect(event?.process.binary_properties).toEqual({
      setuid: 0,
      privileges_changed: ["PRIVILEGES_RAISED_EXEC_FILE_SETUID"],
    });
    expect(event?.process.process_credentials).toMatchObject({
      uid: 65534,
      gid: 65534,
      euid: 0,
      egid: 65534,
    });
  });

  test("a program with file capabilities shows that it gained them, unless the process had them before", async () => {
    const program = join(directory, "net-raw");
    copyFileSync("/bin/true", program);
    chmodSync(program, 0o755);
    const { execs } = await run(
      `${BUN} ${HELPER} grant ./net-raw
      setpriv --reuid 65534 --regid 65534 --clear-groups /bin/sh -c './net-raw gained-MARK; :'
      ${BUN} ${HELPER} drop ./net-raw dropped-MARK
      ${BUN} ${HELPER} capability ./net-raw held-MARK`,
    );
    const propertiesOf = (argument: string) =>
      execs
        .filter(({ process }) => process.binary === program && process.arguments?.startsWith(argument))
        .map(({ process }) => process.binary_properties);
    expect(propertiesOf("gained")).toEqual([{ privileges_changed: ["PRIVILEGES_RAISED_EXEC_FILE_CAP"] }]);
    // Not what the process had when it executed its last program counts, but what it has at the moment.
    expect(propertiesOf("dropped")).toEqual([{ privileges_changed: ["PRIVILEGES_RAISED_EXEC_FILE_CAP"] }]);
    expect(propertiesOf("held")).toEqual([undefined]);
  });

  test("a byte order mark at the start of a name or an argument is a part of it", async () => {
    const strange = join(directory, "\ufeffdirectory");
    mkdirSync(strange);
    copyFileSync("/bin/true", join(strange, "\ufefftrue"));
    const { execs } = await run("./\ufefftrue \ufeffMARK", strange);
    expect(execs[0]?.process).toMatchObject({ cwd: strange, binary: join(strange, "\ufefftrue") });
    expect(execs[0]?.process.arguments).toStartWith("\ufeffmark");
  });

  test("a working directory that was removed is reported as deleted", async () => {
    const gone = join(directory, "gone");
    mkdirSync(gone);
    const { execs } = await run("rmdir ../gone; /bin/true MARK", gone);
    expect(execs[0]?.process).toMatchObject({ cwd: `${gone} (deleted)`, binary: TRUE });
  });

  for (const length of [0, 1, 8190, 8191, 8192, 8193, 16_382, 16_383, 20_000, 131_071]) {
    test(`a name of ${length} bytes in argv[0] takes nothing from the arguments`, async () => {
      const { execs } = await run(
        `bash -c 'exec -a "$(head -c ${length} /dev/zero | tr "\\0" A)" /bin/true told "$0" and "the rest"' MARK`,
      );
      const told = execs.filter(({ process }) => process.binary === TRUE);
      expect(told).toHaveLength(1);
      expect(told[0]?.process.arguments).toMatch(/^told mark-\d+ and "the rest"$/);
      expect(told[0]?.process.flags).toBe("execve");
    });
  }

  for (const length of [8170, 9000, 60_000, 131_000]) {
    test(`an environment with a variable of ${length} bytes is whole, beside arguments as long`, async () => {
      const filler = `"$(head -c ${length} /dev/zero | tr '\\0' x)"`;
      const { execs } = await run(
        `env -i OTHER=${filler} TETRAD_TEST=${filler} /bin/true MARK ${filler} end`,
      );
      const told = execs.filter(({ process }) => process.binary === TRUE);
      expect(told.map(({ process }) => process.environment_variables)).toEqual([
        [{ Key: "TETRAD_TEST", Value: "x".repeat(length) }],
      ]);
      expect(told[0]?.process.flags).toBe("execve dataArgs");
      expect(told[0]?.process.arguments?.length).toBeGreaterThan(length);
      expect(told[0]?.process.arguments).toEndWith("x end");
    });
  }

  test("an environment that is too long is flagged; a variable whose end is missing is not reported", async () => {
    await using limited = await RunningSensor.start({
      scope: enclosure.scope,
      environment: true,
      environmentFilter: ["TETRAD_TEST"],
      maxArgumentsSize: 8192,
    });
    const long = `TETRAD_TEST="$(head -c 9000 /dev/zero | tr '\\0' x)"`;
    await enclosure.run([
      "sh",
      "-c",
      `env -i ${long} /bin/true; env -i TETRAD_TEST=whole ${long.replace("TETRAD_TEST", "OTHER")} /bin/true`,
    ]);
    const isTold = ({ process }: ProcessEvent) => process.binary === TRUE;
    await until(() => limited.execs.filter(isTold).length === 2, "both are reported");
    const told = limited.execs.filter(isTold);
    expect(told.map(({ process }) => process.environment_variables)).toEqual([
      undefined,
      [{ Key: "TETRAD_TEST", Value: "whole" }],
    ]);
    for (const { process } of told) expect(process.flags).toContain("errorEnvs");
  });

  test("users are named where /etc/passwd is the host's, not in another mount namespace", async () => {
    await using plain = await RunningSensor.start({ scope: enclosure.scope, usernames: true });
    await enclosure.run(["/bin/true", "host-users"]);
    await enclosure.run(["unshare", "--mount", "/bin/true", "other-users"]);
    const told = (argument: string) =>
      plain.execs.filter(({ process }) => process.arguments === argument).map(({ process }) => process.user);
    await until(() => told("other-users").length === 1, "the last program is reported");
    expect(told("host-users")).toEqual([{ name: "root" }]);
    expect(told("other-users")).toEqual([undefined]);
  });

  test("a process whose first thread has ended is read from procfs by another one", async () => {
    const running = enclosure.run([BUN, HELPER, "worker", "first-thread-ended"], { cwd: directory });
    const told = async () => {
      await using later = await RunningSensor.start({ scope: enclosure.scope, namespaces: true });
      return later.execs.find(({ process }) => process.arguments?.endsWith("first-thread-ended"));
    };
    await until(
      () => sensor.execs.some(({ process }) => process.arguments?.endsWith("first-thread-ended")),
      "it runs",
    );
    const { pid } = sensor.execs.find(({ process }) =>
      process.arguments?.endsWith("first-thread-ended"),
    )!.process;
    await until(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1")), "its first thread ends");
    const event = await told();
    process.kill(pid, "SIGKILL");
    await running;
    expect(event?.process).toMatchObject({ binary: realpathSync(BUN), cwd: directory, flags: "procFS" });
    expect(Object.keys(event?.process.ns as object)).toHaveLength(10);
  });

  test("the first process of a namespace is that even when its first thread has ended", async () => {
    await using namespace = await createPidNamespace([BUN, HELPER, "worker"]);
    const pid = namespace.scope.slice("pidns:".length);
    await until(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1")), "its first thread ends");
    await using later = await RunningSensor.start({ scope: namespace.scope });
    expect(later.execs.map(({ process }) => process)).toMatchObject([
      { pid: Number(pid), binary: realpathSync(BUN), in_init_tree: true },
    ]);
  });

  for (const [length, times] of [
    [950, 1],
    [8_190, 1],
    [28_889, 1],
    [60_000, 1],
    [131_071, 2],
  ] as const) {
    test(`arguments of ${times} times ${length} bytes are whole, and flagged as Tetragon does`, async () => {
      const filler = `"$(head -c ${length} /dev/zero | tr '\\0' x)"`;
      const { execs } = await run(`/bin/true MARK ${Array(times).fill(filler).join(" ")} "the end" ""`);
      expect(execs[0]?.process.flags).toBe("execve clone dataArgs");
      const rest = execs[0]?.process.arguments?.replace(/^mark-\d+/, "");
      expect(rest).toBe(`${` ${"x".repeat(length)}`.repeat(times)} "the end" ""`);
    });
  }

  test("arguments that are longer than the limit are cut and flagged", async () => {
    for (const maxArgumentsSize of [100, 8192, 50_000]) {
      await using limited = await RunningSensor.start({ scope: enclosure.scope, maxArgumentsSize });
      await enclosure.run(["/bin/true", "x".repeat(60_000), "end"]);
      await enclosure.run(["/bin/true", "last"]);
      await until(
        () => limited.execs.some(({ process }) => process.arguments === "last"),
        "the last is reported",
      );
      const told = limited.execs.find(({ process }) => process.arguments?.startsWith("xx"));
      expect(told?.process.flags).toBe("execve truncArgs clone dataArgs");
      expect(told?.process.arguments).toHaveLength(maxArgumentsSize);
    }
  });

  test("empty arguments are reported in every place, and those with a space in quotes", async () => {
    const { execs } = await run(`/bin/true a MARK ""; /bin/true "" "" MARK; /bin/true "a b" MARK "" c`);
    const told = execs.map(({ process }) => process.arguments?.replace(/mark-\d+/, "MARK"));
    expect(told).toEqual(['a MARK ""', '"" "" MARK', '"a b" MARK "" c']);
  });

  test("a process from before is reported with its empty arguments", async () => {
    await using namespace = await createPidNamespace(["sh", "-c", "sleep 1000; :", "", "a b", "", ""]);
    await using later = await RunningSensor.start({ scope: namespace.scope });
    const told = later.execs.map(({ process }) => process.arguments);
    expect(told).toContain('-c "sleep 1000; :" "" "a b" "" ""');
  });

  test("a deep working directory is whole", async () => {
    const deep = join(directory, ...Array.from({ length: 30 }, (_, n) => `level-${n}`));
    mkdirSync(deep, { recursive: true });
    const { execs } = await run("/bin/true MARK", deep);
    expect(execs[0]?.process.cwd).toBe(deep);
  });

  test("options add capabilities, namespaces, environment and ancestors", async () => {
    const { execs } = await run(`TETRAD_TEST='a value' OTHER=x /bin/sh -c '/bin/true inner "$0"; :' MARK`);
    const inner = execs.find(({ process }) => process.arguments?.startsWith("inner"));
    expect(inner?.process.environment_variables).toEqual([{ Key: "TETRAD_TEST", Value: "a value" }]);
    const namespaces = inner?.process.ns as Record<string, { inum: number; is_host?: boolean }>;
    expect(Object.keys(namespaces)).toEqual([
      "uts",
      "ipc",
      "mnt",
      "pid",
      "pid_for_children",
      "net",
      "time",
      "time_for_children",
      "cgroup",
      "user",
    ]);
    expect(namespaces.pid?.is_host).toBeUndefined();
    expect(namespaces.uts?.is_host).toBe(true);
    const capabilities = inner?.process.cap as Record<string, string[]>;
    expect(capabilities.permitted).toContain("CAP_CHOWN");
    expect(inner?.ancestors?.[0]?.exec_id).toBe(inner!.parent!.parent_exec_id);
  });

  test("a shell that executes itself over and over has 64 ancestors at most", async () => {
    const script = join(directory, "again.sh");
    writeFileSync(script, '[ "$1" -gt 0 ] || exit 0\nexec /bin/sh "$0" $(($1 - 1)) "$2"\n');
    const { execs } = await run(`/bin/sh ${script} 100 MARK`);
    expect(execs).toHaveLength(101);
    expect(execs.at(-1)?.ancestors).toHaveLength(64);
    expect(execs.at(-1)?.ancestors?.[0]?.exec_id).toBe(execs.at(-3)!.process.exec_id);
  });

  test("what is outside the scope is not reported", async () => {
    const mark = `outside-${process.pid}`;
    await Bun.spawn(["/bin/true", mark]).exited;
    await run("/bin/true MARK");
    expect(sensor.events.some((event) => JSON.stringify(event).includes(mark))).toBe(false);
  });

  test("every event passes the event schema", () => {
    expect(sensor.events.filter((event) => !isValidEvent(event as never))).toEqual([]);
  });

  test("a process that ran before the sensor is reported once, from procfs", () => {
    const running = sensor.execs.filter(({ process }) => process.flags.startsWith("procFS"));
    expect(running).toHaveLength(1);
    expect(running[0]?.process).toMatchObject({
      binary: "/usr/bin/sleep",
      arguments: "1000",
      in_init_tree: true,
    });
  });
});
