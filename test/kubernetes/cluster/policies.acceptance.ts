/** Policies of a real API server: applied, changed and taken away with kubectl, on a real node. As root. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type LoggedProcess, type Node, startNode, until } from "./agents.ts";
import { PAUSE_IMAGE } from "./images.ts";

const TIMEOUT_MS = 600_000;
const TETRAD = join(import.meta.dir, "../../../dist/tetrad");
/** Of x86-64 and arm64. */
const GETUID = process.arch === "arm64" ? "174" : "102";
const GETPID = process.arch === "arm64" ? "172" : "39";

let node: Node;

beforeAll(async () => {
  node = await startNode();
  await node.install();
  await node.kubectl("create", "namespace", "shop");
}, TIMEOUT_MS);

afterAll(() => node?.cluster.stop(), TIMEOUT_MS);

/** On a system call, which the kernel of a machine without kprobes has as a tracepoint. */
function policy(
  name: string,
  call: string,
  { namespace, message = "one" }: { namespace?: string; message?: string } = {},
) {
  const selectors = [{ matchArgs: [{ index: 1, operator: "Equal", values: [call] }] }];
  const hook = {
    subsystem: "raw_syscalls",
    event: "sys_enter",
    raw: true,
    message,
    args: [{ index: 1, type: "int64" }],
    selectors,
  };
  return {
    apiVersion: "cilium.io/v1alpha1",
    kind: namespace === undefined ? "TracingPolicy" : "TracingPolicyNamespaced",
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { podSelector: { matchLabels: { watched: "yes" } }, tracepoints: [hook] },
  };
}

const apply = (object: object, ...flags: string[]) =>
  node.cluster.run(["kubectl", "apply", ...flags, "-f", "-"], JSON.stringify(object));

interface Loaded {
  readonly name: string;
  readonly namespace?: string;
  readonly state?: string;
  readonly error?: string;
}

async function loaded(): Promise<Loaded[]> {
  const list = [
    TETRAD,
    "policy",
    "list",
    "--domain=k8s",
    "--output=json",
    "--server-address=localhost:54321",
  ];
  return JSON.parse(await node.cluster.ask(list)).policies ?? [];
}

/** Runs a pod to its end that asks for its user. */
async function whoami(name: string, namespace = "default", watched = "yes"): Promise<void> {
  const flags = [
    `--image=${PAUSE_IMAGE}`,
    "--image-pull-policy=Never",
    "--restart=Never",
    `--labels=watched=${watched}`,
  ];
  await node.kubectl("run", name, "-n", namespace, ...flags, "--command", "--", "/whoami", name);
  await until(
    () => node.kubectl("get", "pod", name, "-n", namespace, "-o", "jsonpath={.status.phase}"),
    (phase) => phase === "Succeeded",
  );
  // All that it did was written before its end.
  await until(
    () => processes("process_exit"),
    (found) => found.some(({ process }) => process.arguments === name),
  );
}

interface Seen {
  readonly process: LoggedProcess;
  readonly policy_name?: string;
  readonly message?: string;
}

function processes(type: string): Seen[] {
  return node.events().flatMap((event) => {
    const seen = event[type] as Seen | undefined;
    return seen?.process?.binary === "/whoami" ? [seen] : [];
  });
}

const tracepointsOf = (name: string): string[] =>
  processes("process_tracepoint")
    .filter(({ process }) => process.arguments === name)
    .map(
      ({ policy_name, message, process }) =>
        `${policy_name} ${message} ${process.pod?.namespace}/${process.pod?.name}`,
    );

describe("a policy", () => {
  test(
    "that kubectl applies is loaded, and sees the pods that its selector names",
    async () => {
      expect((await apply(policy("users", GETUID))).code).toBe(0);
      await until(loaded, (policies) => policies.some(({ name }) => name === "users"));
      await whoami("first");
      await whoami("unwatched", "default", "no");
      expect(tracepointsOf("first")).toEqual(["users one default/first"]);
      expect(tracepointsOf("unwatched")).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "that server-side apply changes is replaced",
    async () => {
      const { code, err } = await apply(
        policy("users", GETUID, { message: "two" }),
        "--server-side",
        "--force-conflicts",
      );
      expect([code, err]).toEqual([0, expect.anything()]);
      // What is loaded says no message: a pod shows which one it is.
      for (let pods = 0; ; pods++) {
        await whoami(`changed-${pods}`);
        const [found] = tracepointsOf(`changed-${pods}`);
        expect(found).toBeDefined();
        if (found === `users two default/changed-${pods}`) break;
      }
    },
    TIMEOUT_MS,
  );

  test(
    "of another manager's fields is not changed without force",
    async () => {
      const { code, err } = await apply(policy("users", GETPID), "--server-side", "--field-manager=other");
      expect(code).toBe(1);
      expect(err).toContain("conflict");
    },
    TIMEOUT_MS,
  );

  test(
    "of a namespace sees the pods of that one",
    async () => {
      expect((await apply(policy("users", GETUID, { namespace: "shop", message: "shop" }))).code).toBe(0);
      await until(loaded, (policies) => policies.some(({ namespace }) => namespace === "shop"));
      await whoami("inside", "shop");
      await whoami("outside");
      // One of the same name in a second namespace is another one.
      await node.kubectl("create", "namespace", "store");
      expect((await apply(policy("users", GETUID, { namespace: "store", message: "store" }))).code).toBe(0);
      await until(loaded, (policies) => policies.some(({ namespace }) => namespace === "store"));
      await whoami("stored", "store");
      expect(tracepointsOf("stored").sort()).toEqual(["users store store/stored", "users two store/stored"]);
      expect(tracepointsOf("inside").sort()).toEqual(["users shop shop/inside", "users two shop/inside"]);
      expect(tracepointsOf("outside")).toEqual(["users two default/outside"]);
    },
    TIMEOUT_MS,
  );

  test(
    "with a slip is refused by the API server, with its place",
    async () => {
      const slip = policy("slip", GETUID);
      const [hook] = slip.spec.tracepoints;
      const { code, err } = await apply({ ...slip, spec: { tracepoints: [{ ...hook, subsytem: "x" }] } });
      expect(code).toBe(1);
      expect(err).toContain('unknown field "spec.tracepoints[0].subsytem"');
      const operator = { index: 1, operator: "Equals", values: ["1"] };
      const wrong = { ...hook, selectors: [{ matchArgs: [operator] }] };
      const refused = await apply({ ...slip, spec: { tracepoints: [wrong] } });
      expect(refused.err).toContain('Unsupported value: "Equals"');
    },
    TIMEOUT_MS,
  );

  test(
    "that no kernel can load is listed with its reason, and stops no other",
    async () => {
      const wrong = policy("nowhere", GETUID);
      Object.assign(wrong.spec.tracepoints[0] as object, { event: "no_such_event" });
      expect((await apply(wrong)).code).toBe(0);
      const policies = await until(loaded, (found) => found.some(({ name }) => name === "nowhere"));
      expect(policies.find(({ name }) => name === "nowhere")?.error).toContain("no_such_event");
      await whoami("beside");
      expect(tracepointsOf("beside")).toEqual(["users two default/beside"]);
    },
    TIMEOUT_MS,
  );

  test(
    "that kubectl deletes is gone",
    async () => {
      await node.kubectl("delete", "tracingpolicy", "users", "nowhere");
      for (const namespace of ["shop", "store"])
        await node.kubectl("delete", "tracingpolicynamespaced", "users", "-n", namespace);
      await until(loaded, (policies) => policies.length === 0);
      await whoami("after");
      expect(tracepointsOf("after")).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
