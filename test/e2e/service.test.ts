import { afterEach, describe, expect, test } from "bun:test";
import { describePrivileges } from "../../src/agent/privileges.ts";
import { readProcessPrivileges } from "../../src/os/capability.ts";
import { UnixReceiver } from "../os/unix-receiver.ts";
import { cleanUp, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

const NOBODY = "65534";
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: tests of dropped privileges need root");
const ARGS = ["run", "--udp-output-enabled", "--udp-output-port=9", "--event-source=stdin"];

describe("under a service manager", () => {
  test("it says ready, feeds the watchdog, says reloading and stopping, and hides the socket from the world", async () => {
    const path = `@tetrad-e2e-${process.pid}`;
    using receiver = new UnixReceiver(path);
    const received: string[] = [];
    const heard = (text: string) =>
      until(
        () => {
          for (let next = receiver.receive(); next !== undefined; next = receiver.receive())
            received.push(next);
          return received.includes(text);
        },
        () => `${JSON.stringify(text)} from the agent, not only ${JSON.stringify(received)}`,
      );
    const agent = startTetrad(ARGS, { env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "100000" } });
    await heard("READY=1\nSTATUS=Running");
    await heard("WATCHDOG=1");
    received.length = 0;
    agent.process.kill("SIGHUP");
    await heard("RELOADING=1");
    await heard("READY=1\nSTATUS=Running");
    agent.process.kill("SIGTERM");
    await heard("STOPPING=1");
    expect(await agent.exit()).toBe(0);
  });
});

describe.skipIf(!isRoot)("once it runs, the agent", () => {
  /** What a started agent may do, and what its log says of it. */
  async function started(...flags: string[]) {
    const agent = startTetrad([...ARGS, ...flags]);
    await agent.logged("Privileges dropped");
    const left = describePrivileges(readProcessPrivileges(agent.process.pid));
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    return left;
  }

  test("has no capability left that stdin and UDP do not need", async () => {
    expect(await started()).toEqual({
      user: "0",
      group: "0",
      capabilities: "none",
      bounding: "none",
      no_new_privs: "yes",
      seccomp: "filter",
    });
  });

  test("makes any system call with --system-call-filter=false, with no more rights", async () => {
    const left = await started("--system-call-filter=false");
    expect(left).toMatchObject({ capabilities: "none", no_new_privs: "yes", seccomp: "none" });
  });

  test("with --user and an export file, has no right to other users' files either", async () => {
    const directory = temporaryDirectory();
    const left = await started(`--user=${NOBODY}:${NOBODY}`, `--export-filename=${directory}/events.log`);
    expect(left).toMatchObject({ user: NOBODY, capabilities: "none", bounding: "none" });
  });

  test("says which file it cannot replace with the rights that are left", async () => {
    const path = `${temporaryDirectory()}/events.log`;
    const agent = startTetrad([...ARGS, `--user=${NOBODY}:${NOBODY}`, `--export-filename=${path}`]);
    await agent.logged("Cannot rotate or open anew");
    expect(agent.log()).toContain(`path=${path} error=EACCES`);
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });

  test("keeps the right to read followed files, which rotate", async () => {
    const { capabilities } = await started("--event-source=file:/nonexistent/*.log");
    expect(capabilities).toBe("CAP_DAC_READ_SEARCH");
  });

  test("is the user of --user, on every thread", async () => {
    expect(await started(`--user=${NOBODY}:${NOBODY}`)).toMatchObject({
      user: NOBODY,
      group: NOBODY,
      capabilities: "none",
    });
  });

  test("does not start for a user that there is not", async () => {
    const { code, stderr } = await runTetrad([...ARGS, "--user=no-such-user"]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      JSON.stringify('Cannot use user "no-such-user": "no-such-user" is not in /etc/passwd'),
    );
  });
});
