/** Tracing policies of an agent that runs: they come by the API and by files, change, and go. */
import { afterEach, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  FineGuidanceSensors,
  TracingPolicyState,
} from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import { cleanUp, onEnd, runTetrad, startTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

const {
  addTracingPolicy,
  deleteTracingPolicy,
  configureTracingPolicy,
  listTracingPolicies,
  enableTracingPolicy,
} = FineGuidanceSensors.method;

/** Of x86-64 and arm64. */
const SCHED_YIELD = process.arch === "arm64" ? 124 : 24;
const YIELD = ["/usr/bin/python3", "-c", "import os; os.sched_yield(); print('alive')"];

/** A policy on `sched_yield`. */
function onYield(name: string, actions = "", message = "yields"): string {
  return `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${name}
spec:
  tracepoints:
    - subsystem: raw_syscalls
      event: sys_enter
      raw: true
      message: ${message}
      args: [{index: 1, type: int64}]
      selectors:
        - matchArgs: [{index: 1, operator: Equal, values: ["${SCHED_YIELD}"]}]
${actions === "" ? "" : `          matchActions: [{action: ${actions}}]\n`}`;
}

/** Without what shows tracepoints and security modules, as in a container. */
const WITHOUT_VIEWS = [
  ...["unshare", "--mount", "sh", "-c"],
  'for at in tracing debug security; do umount -l "/sys/kernel/$at" 2>/dev/null; done; exec "$0" "$@"',
];

/** An agent that watches a PID namespace of its own. */
async function start(...flags: readonly string[]) {
  return startWith({}, ...flags);
}

async function startWith(options: { readonly prefix?: readonly string[] }, ...flags: readonly string[]) {
  const enclosure = await createPidNamespace();
  onEnd(async () => {
    await enclosure[Symbol.asyncDispose]();
  });
  const directory = temporaryDirectory();
  const agent = startTetrad(
    [
      ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"],
      ...["--server-address=127.0.0.1:0", `--tracing-policy-dir=${directory}`, ...flags],
    ],
    { env: { PATH: process.env.PATH ?? "" }, ...options },
  );
  await agent.logged("Sensor watches");
  const address = await addressIn(agent.log);
  const client = new GrpcClient(address);
  const list = async () => (await client.call(listTracingPolicies, {})).policies;
  const posted = () =>
    agent
      .stdout()
      .split("\n")
      .filter((line) => line.includes('"process_tracepoint"'))
      .map((line) => JSON.parse(line).process_tracepoint.message as string);
  return { enclosure, directory, agent, address, client, list, posted };
}

describeWithBpf("policies of an agent that runs", () => {
  test("come and go by the API, when it has given up its other rights", async () => {
    const { enclosure, agent, client, list, posted } = await start();
    await client.call(addTracingPolicy, { yaml: onYield("kill", "Sigkill") });
    expect(await enclosure.run(YIELD)).toBe("");
    const [policy] = await list();
    expect(policy).toMatchObject({
      ...{ id: 2n, name: "kill", domain: "grpc", state: TracingPolicyState.TP_STATE_ENABLED },
      ...{ sensors: ["generic_tracepoint"], mode: 1 },
      hookStatuses: [{ section: "tracepoints", hookDescription: "raw_syscalls/sys_enter", state: 1 }],
    });
    expect(policy!.stats?.actionCounters).toMatchObject({ post: 1n, signal: 1n, monitorSignal: 0n });
    expect(policy!.kernelMemoryBytes).toBeGreaterThan(4096n);
    await client.call(configureTracingPolicy, { name: "kill", mode: 2 });
    expect(await enclosure.run(YIELD)).toBe("alive\n");
    await client.call(deleteTracingPolicy, { name: "kill" });
    await until(() => posted().length === 2, "both events");
    expect(await enclosure.run(YIELD)).toBe("alive\n");
    expect(await list()).toEqual([]);
    expect(agent.log()).toContain('msg="Policy deleted by a client" policy=kill');
  });

  test("come by the API where tracefs is mounted nowhere, as in a container", async () => {
    const { enclosure, client, list, posted } = await startWith({ prefix: WITHOUT_VIEWS });
    const yaml = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: {name: late}
spec:
  tracepoints: [{subsystem: syscalls, event: sys_enter_sched_yield, message: yields}]
`;
    await client.call(addTracingPolicy, { yaml });
    expect((await list()).map(({ state }) => state)).toEqual([TracingPolicyState.TP_STATE_ENABLED]);
    await enclosure.run(YIELD);
    await until(() => posted().includes("yields"), "an event of the policy");
  });

  test("are refused by the API with codes and places", async () => {
    const { client } = await start();
    await client.call(addTracingPolicy, { yaml: onYield("one") });
    const refused = async (yaml: string) => (await client.open(addTracingPolicy, { yaml }).end) as object;
    expect(await refused(onYield("one"))).toMatchObject({ status: 6 });
    const wrong = onYield("two").replace("type: int64", "typ: int64");
    expect(await refused(wrong)).toMatchObject({
      status: 3,
      message: expect.stringMatching(/policy:11:\d+: error: spec\.tracepoints\[0\]\.args\[0\]/),
    });
    expect(await client.open(deleteTracingPolicy, { name: "none" }).end).toMatchObject({ status: 5 });
    expect(await client.open(enableTracingPolicy, { name: "one" }).end).toMatchObject({ status: 12 });
  });

  test("change with the files of the directory, and stay where a file is wrong", async () => {
    const { enclosure, directory, agent, posted, list } = await start();
    const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
    const changes = () => agent.log().split("Policies changed").length - 1;
    write("a.yaml", onYield("one", "", "first"));
    await until(() => changes() === 1, "it is loaded");
    await enclosure.run(YIELD);
    await until(() => posted().length === 1, "its event");
    write("a.yaml", onYield("one", "", "second"));
    await until(() => changes() === 2, "it is replaced");
    write("a.yaml", "apiVersion: cilium.io/v1alpha1\nkind: Tracing");
    await until(() => changes() === 3, "it is wrong");
    await enclosure.run(YIELD);
    await until(() => posted().length === 2, "the event of the one that stayed");
    expect(posted()).toEqual(["first", "second"]);
    expect((await list())[0]!.error).toStartWith("the file has changed and cannot be read");
    unlinkSync(join(directory, "a.yaml"));
    await until(() => changes() === 4, "it is gone");
    expect(await list()).toEqual([]);
  });

  test("are not taken from files that others may write", async () => {
    const { directory, agent, list } = await start();
    writeFileSync(join(directory, "theirs.yaml"), onYield("theirs"));
    chmodSync(join(directory, "theirs.yaml"), 0o666);
    await agent.logged("theirs.yaml");
    expect(agent.log()).toMatch(/msg="Cannot read policy .*theirs\.yaml/);
    expect(await list()).toEqual([]);
  });

  test("change when a mounted ConfigMap does", async () => {
    const { directory, agent, list } = await start();
    for (const [data, name] of [
      ["..1", "one"],
      ["..2", "two"],
    ] as const) {
      mkdirSync(join(directory, data));
      writeFileSync(join(directory, data, "policy.yaml"), onYield(name));
    }
    symlinkSync("..1", join(directory, "..data"));
    symlinkSync("..data/policy.yaml", join(directory, "policy.yaml"));
    await agent.logged("Policies changed");
    symlinkSync("..2", join(directory, "..next"));
    renameSync(join(directory, "..next"), join(directory, "..data"));
    await until(() => agent.log().split("Policies changed").length === 3, "the swap");
    expect((await list()).map(({ name }) => name)).toEqual(["two"]);
  });

  test("are what they were at the start with --no-runtime-policies", async () => {
    const { agent, client, list } = await start("--no-runtime-policies");
    expect(await client.open(addTracingPolicy, { yaml: onYield("one") }).end).toMatchObject({
      status: 9,
      message: "Cannot change policies: --no-runtime-policies is set",
    });
    expect(await list()).toEqual([]);
    expect(agent.log()).toMatch(/msg="Privileges dropped" .*capabilities=CAP_SYS_PTRACE,CAP_BPF /);
  });

  test("are kept for the next start, and end with the agent however it ends", async () => {
    const kept = join(temporaryDirectory(), "kept");
    const flags = ["--persist-grpc-policies", `--persist-grpc-policies-dir=${kept}`];
    const first = await start(...flags);
    await first.client.call(addTracingPolicy, { yaml: onYield("kill", "Sigkill") });
    await first.client.call(addTracingPolicy, { yaml: onYield("rest") });
    await first.client.call(configureTracingPolicy, { name: "rest", enable: false });
    expect(readdirSync(kept).sort()).toEqual(["kill::grpc.json", "rest::grpc.json"]);
    expect(await first.enclosure.run(YIELD)).toBe("");
    first.agent.process.kill("SIGKILL");
    await first.agent.exit();
    expect(await first.enclosure.run(YIELD)).toBe("alive\n");
    const second = await start(...flags);
    expect((await second.list()).map(({ name, state }) => [name, state])).toEqual([
      ["kill", TracingPolicyState.TP_STATE_ENABLED],
      ["rest", TracingPolicyState.TP_STATE_DISABLED],
    ]);
    expect(await second.enclosure.run(YIELD)).toBe("");
  });

  test("are listed and changed by the commands of tetra", async () => {
    const { address } = await start();
    const file = join(temporaryDirectory(), "policy.yaml");
    writeFileSync(file, onYield("kill", "Sigkill"));
    const run = async (...words: string[]) =>
      (await runTetrad(["tracingpolicy", ...words, `--server-address=${address}`])).stdout;
    expect(await run("add", file)).toBe(`tracing policy ${JSON.stringify(file)} added\n`);
    expect(await run("set-mode", "kill", "monitor")).toContain('set to mode "monitor"');
    expect(await run("disable", "kill")).toBe('tracing policy "kill" disabled\n');
    expect(await run("list")).toMatch(
      /\n2 +kill +grpc +disabled +0 +\(global\) +generic_tracepoint .* monitor +0 +0 +0\n$/,
    );
    const marking = onYield("marks").replace(
      "spec:",
      'spec:\n  options: [{name: mark-values, value: "true"}]',
    );
    writeFileSync(file, marking.replace(`["${SCHED_YIELD}"]`, '["1000001"]'));
    expect(await run("add", file)).toContain("added");
    expect(await run("list", "--unmatched")).toMatch(
      /NEVERMATCHED\nmarks +tracepoint:raw_syscalls\/sys_enter +0 +matchArgs +Equal +1000001\n$/,
    );
    expect(await run("domains")).toBe("grpc\nstatic\n");
    expect(await run("delete", "kill")).toBe('tracing policy "kill" deleted\n');
  });

  test("ask others only where that is enabled, whatever is answered", async () => {
    const asked: string[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        asked.push(new URL(request.url).pathname);
        return Response.redirect("/elsewhere");
      },
    });
    onEnd(() => server.stop(true));
    const yaml = (path: string) =>
      onYield("canary", `GetUrl, argUrl: "http://127.0.0.1:${server.port}/${path}"`);
    for (const flags of [["--enable-policy-requests"], []]) {
      const { enclosure, agent, client, posted } = await start(...flags);
      await client.call(addTracingPolicy, { yaml: yaml(flags.join("")) });
      await enclosure.run(YIELD);
      await until(() => posted().length === 1, "the event");
      expect(agent.stdout()).toContain('"action":"KPROBE_ACTION_GETURL"');
      if (flags.length > 0) await until(() => asked.length === 1, "the request");
    }
    expect(asked).toEqual(["/--enable-policy-requests"]);
  });
});
