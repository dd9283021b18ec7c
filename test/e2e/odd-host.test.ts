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

  test("a file with a relative name is not made elsewhere", () => {
    const { code, stderr } = runThere("--event-source=stdin", "--export-filename=relative.log");
    expect(code).toBe(2);
    expect(stderr).toContain("ENOENT");
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
