import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { diagnose, doctor } from "../../src/cli/doctor.ts";
import { runCommand } from "./support.ts";

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: a test of tetrad doctor without rights needs root");

const run = (argv: string[], env: Record<string, string> = {}) => runCommand(doctor, argv, { env });

describe("tetrad doctor", () => {
  test("has a help text of its own", async () => {
    for (const flag of ["-h", "--help"]) {
      const { code, out } = await run([flag]);
      expect(code).toBe(0);
      expect(out).toStartWith("tetrad doctor: ");
      for (const name of ["sensor-scope", "enable-network-events", "btf", "procfs"])
        expect(out).toContain(`--${name}`);
      expect(out).not.toContain("--udp-output-enabled");
    }
  });

  test("refuses what is not a flag, and flags that are the agent's alone", async () => {
    await expect(run(["--bogus", "--udp-output-enabled"])).rejects.toThrow(
      /^Unknown flag --bogus: known are --sensor-scope, .*\nUnknown flag --udp-output-enabled: known are --sensor-scope, --enable-network-events, --btf, --procfs, --kubernetes, --kubernetes-namespace, --kubernetes-service, --k8s-kubeconfig-path, --help$/,
    );
    await expect(run(["word"])).rejects.toThrow('Cannot use argument "word"');
    await expect(run(["--sensor-scope=pid:1"])).rejects.toThrow("Cannot use --sensor-scope (flag)");
  });

  test("looks for the scope that it is given, by flag or variable", async () => {
    const usable = diagnose().isUsable;
    const own = `pidns:${process.pid}`;
    const found = await run([`--sensor-scope=${own}`]);
    expect(found.code).toBe(usable ? 0 : 3);
    expect(found.out).toMatch(new RegExp(`^ok  sensor scope +${own}$`, "m"));
    const missing = await run([], { TETRAGON_SENSOR_SCOPE: "pidns:4194305" });
    expect(missing.code).toBe(usable ? 2 : 3);
    expect(missing.out).toMatch(/^NO {2}sensor scope .*no process 4194305 in "\/proc"$/m);
    expect(missing.out).toContain("The sensor cannot run here.");
  });

  test("looks for the kernel's types where --btf says", async () => {
    const { code, out } = await run(["--btf=/nonexistent"]);
    expect(code).toBe(3);
    expect(out).toMatch(/^NO {2}kernel types \(BTF\) +\/nonexistent is missing$/m);
    expect(out).toMatch(/^\?\? {2}hook sched_process_exec +not tried: no kernel types$/m);
    const other = await run([`--btf=${import.meta.path}`]);
    expect(other.code).toBe(3);
    expect(other.out).toMatch(/^NO {2}kernel types \(BTF\) .*found no magic number eb9f/m);
  });

  test("says whether policies may hook the security modules, and what is missing", async () => {
    const { out } = await run([]);
    expect(out).toMatch(
      /^(?:ok {2}BPF LSM +policies may hook |\?\? {2}BPF LSM +(?:\/sys\/kernel\/security\/lsm: ENOENT: mount |.)|NO {2}BPF LSM +(?:the kernel was started without it: its modules are |this kernel was built without CONFIG_BPF_LSM))/m,
    );
  });

  test("says what it takes to hook functions and tracepoints", async () => {
    const { out } = await run([]);
    expect(out).toMatch(
      /^(?:ok {2}perf events +CAP_PERFMON is enough |NO {2}perf events +kernel.perf_event_paranoid is \d: .*CAP_SYS_ADMIN$)/m,
    );
  });

  test("reads the procfs that it is given", async () => {
    const { code, out } = await run(["--procfs=/nonexistent/"]);
    expect(code).toBe(3);
    expect(out).toMatch(/^NO {2}procfs +\/nonexistent is no procfs$/m);
    expect(out).toContain("/nonexistent/self/status: ENOENT");
  });
});

test.skipIf(!isRoot)("tetrad doctor says what helps against several failures once", () => {
  const main = join(import.meta.dir, "../../src/main.ts");
  const drop = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"];
  const { stdout } = Bun.spawnSync([...drop, process.execPath, main, "doctor"]);
  const lines = stdout.toString().split("\n");
  expect(lines.filter((line) => line.startsWith("NO")).length).toBeGreaterThan(6);
  expect(lines.filter((line) => line.includes("grant CAP_BPF and CAP_PERFMON"))).toHaveLength(1);
  expect(lines.filter((line) => line.includes("or grant CAP_PERFMON"))).toHaveLength(1);
});

test("tetrad doctor says whether tracing policies can hook functions and override calls, and needs neither", async () => {
  const { probes } = diagnose();
  const hasKprobes = existsSync("/sys/bus/event_source/devices/kprobe");
  expect(probes.find(({ name }) => name === "kprobes")).toMatchObject({
    answer: hasKprobes ? "yes" : "no",
    isRequired: false,
  });
  expect(probes.find(({ name }) => name === "override of calls")?.isRequired).toBe(false);
  const { out } = await run([]);
  expect(out).toMatch(/^(?:ok|NO) {2}kprobes /m);
  expect(out.includes("none at functions (kprobes:)")).toBe(!hasKprobes);
});

test("diagnose() cannot do without the hook of network events where they are asked for", () => {
  for (const network of [false, true]) {
    const hook = diagnose({ network }).probes.find(({ name }) => name === "hook inet_sock_set_state");
    expect(hook?.isRequired).toBe(network);
  }
});
