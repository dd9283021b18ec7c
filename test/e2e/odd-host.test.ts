import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { cleanUp, EVENTS, startTetrad, TETRAD, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

describe("in a working directory that has been deleted", () => {
  /** Runs a command there. */
  function runThere(...args: string[]) {
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$0" "$@"';
    const command = ["sh", "-c", script, TETRAD, `${temporaryDirectory()}/gone`, ...args];
    Bun.spawnSync(["mkdir", command[4]!]);
    const input = Buffer.from(`${EVENTS[0]}\n`);
    const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stdin: input, env: {}, stderr: "pipe" });
    return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  test("the agent works", () => {
    const { code, stdout } = runThere("--event-source=stdin", "--export-stdout");
    expect(code).toBe(0);
    expect(stdout).toContain(EVENTS[0]!);
  });

  test.each([["version"], ["config"], ["help"]])("tetrad %s works", (command) => {
    expect(runThere(command).code).toBe(0);
  });

  test.each([
    ["--export-filename=relative.log", "stdin"],
    ["--log-file=relative.log", "stdin"],
    ["--checkpoint-file=relative.log", "file:/nothing"],
  ])("a file with a relative name is not made elsewhere: %s", (flag, source) => {
    const { code, stderr } = runThere(`--event-source=${source}`, "--export-stdout", flag);
    expect(code).toBe(2);
    expect(stderr).toContain("found a relative path, and the working directory has been deleted");
    expect(existsSync("/relative.log")).toBe(false);
  });
});

const canUnshare =
  Bun.spawnSync(["unshare", "--pid", "--fork", "--mount-proc", "true"], { stderr: "ignore" }).exitCode === 0;
if (!canUnshare) console.warn("SKIPPED: tests of process 1 need root and PID namespaces");

describe.skipIf(!canUnshare)("as process 1", () => {
  /** Starts it in a PID namespace where three orphans end while it runs. @returns It, and its number out here. */
  async function startAsFirst(...args: string[]) {
    const script = '(for i in 1 2 3; do sleep 0.$i & done) & exec "$0" "$@"';
    const prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script];
    const agent = startTetrad(args, { prefix, env: { PATH: process.env.PATH ?? "" } });
    let pid = 0;
    const childrenOf = (parent: number): number[] =>
      (readFileSync(`/proc/${parent}/task/${parent}/children`, "latin1").match(/\d+/g) ?? []).map(Number);
    await until(() => {
      pid = childrenOf(agent.process.pid)[0] ?? 0;
      return pid !== 0;
    }, "the first process of the namespace");
    return { agent, pid, orphans: () => childrenOf(pid) };
  }

  test("the agent leaves no zombie of an orphan, and ends when it is asked to", async () => {
    const { agent, pid, orphans } = await startAsFirst("--event-source=stdin", "--export-stdout");
    await agent.logged("Source started");
    await until(() => orphans().length === 0, "the end of every orphan");
    process.kill(pid, "SIGTERM");
    await agent.logged('msg="Agent stopped"');
    expect(await agent.exit()).toBe(0);
  });

  test("so does tetrad listen", async () => {
    const { agent, pid, orphans } = await startAsFirst("listen", "--port=0");
    await agent.logged("Listening on");
    await until(() => orphans().length === 0, "the end of every orphan");
    process.kill(pid, "SIGTERM");
    await agent.logged("received      0 datagrams");
    expect(await agent.exit()).toBe(0);
  });
});

describe("a call that fails is named with its error", () => {
  test("where there may be no compiler, with what that needs", async () => {
    // PR_SET_MDWE, as MemoryDenyWriteExecute of systemd has it: the next program can make no memory executable.
    const script = `
      const { dlopen, ptr } = require("bun:ffi");
      const { symbols: libc } = dlopen("libc.so.6", {
        prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
        execv: { args: ["ptr", "ptr"], returns: "i32" },
      });
      if (libc.prctl(65, 1, 0, 0, 0) !== 0) process.exit(77);
      const words = process.argv.slice(1).map((word) => Buffer.from(word + "\\0"));
      const argv = new BigUint64Array([...words.map((word) => BigInt(ptr(word))), 0n]);
      libc.execv(ptr(words[0]), ptr(argv));
    `;
    const args = [TETRAD, "--event-source=stdin", "--export-stdout"];
    const ended = Bun.spawnSync([process.execPath, "-e", script, ...args], {
      stdin: "ignore",
      stderr: "pipe",
    });
    if (ended.exitCode === 77) return console.warn("SKIPPED: memory cannot be denied before Linux 6.3");
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr.toString()).toBe(
      "Cannot call the C library: bun:ffi requires the JIT, and that needs memory that can be made executable (systemd: MemoryDenyWriteExecute=no; SELinux: execmem)\n",
    );
  });

  test("a limit of the address space is named where the JIT finds no room", () => {
    const { exitCode, stderr } = Bun.spawnSync(
      ["sh", "-c", 'ulimit -v 600000; exec "$0" --event-source=stdin --export-stdout', TETRAD],
      { stdin: "ignore", stderr: "pipe" },
    );
    expect(exitCode).toBe(3);
    expect(stderr.toString()).toContain("the limit of 614400000 bytes leaves (ulimit -v; systemd: LimitAS)");
  });

  test.skipIf(!canUnshare)(
    "a want of descriptors is no lack of the host's, and may pass: exit code 1",
    async () => {
      const prefix = ["sh", "-c", 'ulimit -n 14; exec "$0" "$@"'];
      const agent = startTetrad(["--event-source=sensor", "--enable-network-events", "--export-stdout"], {
        prefix,
      });
      expect(await agent.exit()).toBe(1);
      expect(agent.log()).toContain("EMFILE");
      expect(agent.log()).not.toContain("CAP_");
    },
  );

  test.skipIf(!canUnshare)(
    "a checkpoint for which there is no room on the disk: exit code 1, not a wrong file",
    async () => {
      const script =
        'mount -t tmpfs -o size=8k none "$1" && f="$1/cp" && shift && exec "$0" "$@" --checkpoint-file="$f"';
      const prefix = ["unshare", "--mount", "sh", "-c", script];
      const args = [temporaryDirectory(), "--event-source=file:/nonexistent", "--export-stdout"];
      const agent = startTetrad(args, { prefix, env: { PATH: process.env.PATH ?? "" } });
      expect(await agent.exit()).toBe(1);
      expect(agent.log()).toContain("ENOSPC");
      expect(agent.log()).not.toContain("needs a file that can be written");
    },
  );
});
