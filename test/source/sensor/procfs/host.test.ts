/** Process ids that mean something else: the agent, or the procfs that it reads, in another PID namespace. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { showsHostProcesses } from "../../../../src/source/sensor/procfs/host.ts";
import { probeKernel } from "../../../../src/source/sensor/requirement.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { RunningSensor, until } from "../support.ts";

/** A PID namespace with a procfs of its own, which is seen from here below its first process. */
async function createNamespaceWithProcfs() {
  const keeper = Bun.spawn(
    [
      "setpriv",
      "--pdeathsig",
      "KILL",
      "unshare",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "sleep",
      "1000",
    ],
    { stdio: ["ignore", "ignore", "ignore"] },
  );
  const first = () => readFileSync(`/proc/${keeper.pid}/task/${keeper.pid}/children`, "latin1").trim();
  await until(
    () => first() !== "" && readFileSync(`/proc/${first()}/comm`, "latin1") === "sleep\n",
    "the namespace has its first process",
  );
  return {
    pid: first(),
    procfs: `/proc/${first()}/root/proc`,
    async [Symbol.asyncDispose]() {
      keeper.kill("SIGKILL");
      await keeper.exited;
    },
  };
}

describeWithBpf("a procfs of another PID namespace", () => {
  test("is known from the host's", async () => {
    await using namespace = await createNamespaceWithProcfs();
    expect(showsHostProcesses("/proc")).toBe(true);
    expect(showsHostProcesses(namespace.procfs)).toBe(false);
    expect(showsHostProcesses("/nonexistent")).toBe(false);
  });

  test("is known from inside the namespace, and the host's procfs there as well", async () => {
    await using namespace = await createNamespaceWithProcfs();
    const module = new URL("../../../../src/source/sensor/procfs/host.ts", import.meta.url).pathname;
    const script = `const { showsHostProcesses } = await import("${module}"); console.log(showsHostProcesses("/proc"))`;
    const inside = (...flags: string[]) =>
      Bun.spawnSync([
        "nsenter",
        "-t",
        namespace.pid,
        ...flags,
        process.execPath,
        "-e",
        script,
      ]).stdout.toString();
    expect(inside("-p", "-m")).toBe("false\n");
    expect(inside("-p")).toBe("true\n");
  });

  test("is said by doctor", async () => {
    await using namespace = await createNamespaceWithProcfs();
    const answer = (procfs: string) => probeKernel([], procfs).find(({ name }) => name === "PID namespace");
    expect(answer("/proc")).toMatchObject({ answer: "yes", isRequired: false });
    expect(answer(namespace.procfs)).toMatchObject({
      answer: "no",
      advice: expect.stringContaining("--pid=host"),
    });
  });

  test("is not read for processes, whose numbers would be others': the sensor says so", async () => {
    await using namespace = await createNamespaceWithProcfs();
    await using sensor = await RunningSensor.start({
      scope: "pidns:1",
      procfs: namespace.procfs,
      namespaces: true,
    });
    expect(sensor.messages.some((message) => message.includes("--pid=host"))).toBe(true);
    const child = Bun.spawn(["nsenter", "-t", namespace.pid, "-p", "true", "inside"]);
    await child.exited;
    await until(() => sensor.exits.length > 0, "the end of the program is reported");
    const told = sensor.execs.filter(({ process }) => process.arguments === "inside");
    expect(told).toHaveLength(1);
    expect(sensor.execs.filter(({ process }) => process.flags.includes("procFS"))).toEqual([]);
    const namespaces = told[0]?.process.ns as Record<string, { is_host?: boolean }>;
    expect(namespaces.user?.is_host).toBe(true);
    expect(namespaces.pid?.is_host).toBeUndefined();
  });
});
