import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { metadata } from "../../src/cli/metadata.ts";
import { runCommand } from "./support.ts";

/** `agent_init` as the command prints it. */
async function printed(argv: readonly string[] = [], env: Record<string, string> = {}) {
  const { code, out } = await runCommand(metadata, argv, { env });
  expect(code).toBe(0);
  return JSON.parse(out) as Record<string, unknown>;
}

describe("tetrad metadata", () => {
  test("names the node and the cluster as events do, where they are set; hostname stays the kernel's", async () => {
    const event = await printed(["--cluster-name=prod-1"], { NODE_NAME: "worker-7" });
    expect(event).toMatchObject({ hostname: hostname(), node_name: "worker-7", cluster_name: "prod-1" });
    const order = ["hostname", "node_name", "cluster_name", "os", "kernel_version", "pid", "udp_destination"];
    const keys = Object.keys(event);
    const end = keys.indexOf("uptime") + 1;
    expect(keys.slice(end - 9, end)).toEqual([...order, "udp_buffer_size", "uptime"]);
    // What came later stands after the document's own fields.
    expect(keys.slice(end)).toEqual(["started_at", "start_id", "sequence", "config_digest", "boot_id"]);
  });

  test("HUBBLE_NODE_NAME goes before NODE_NAME, as with Tetragon", async () => {
    const names = { NODE_NAME: "worker-7", HUBBLE_NODE_NAME: "cluster/worker-7" };
    expect(await printed([], names)).toMatchObject({ node_name: "cluster/worker-7" });
    expect(await printed([], { ...names, HUBBLE_NODE_NAME: "" })).toMatchObject({ node_name: "worker-7" });
  });

  test.each([{}, { NODE_NAME: "" }] as Record<string, string>[])(
    "names neither where they are not: %j",
    async (env) => {
      const event = await printed([], env);
      expect(event.hostname).toBe(hostname());
      expect(event).not.toContainAnyKeys(["node_name", "cluster_name"]);
    },
  );

  test("has the cluster from the environment and from an option alike", async () => {
    expect(await printed([], { TETRAGON_CLUSTER_NAME: "prod-2" })).toMatchObject({ cluster_name: "prod-2" });
  });

  test("says where UDP goes: the flags, or the first exporter by name that sends", async () => {
    expect(await printed()).toMatchObject({ udp_destination: "127.0.0.1:514", udp_buffer_size: 65536 });
    const named = {
      copy: { type: "file", "export-filename": "/tmp/x" },
      siem: { type: "udp", "udp-output-port": 6514 },
    };
    const flags = [`--exporters=${JSON.stringify(named)}`];
    expect(await printed(flags)).toMatchObject({ udp_destination: "127.0.0.1:6514" });
    expect(await printed([...flags, "--udp-output-enabled"])).toMatchObject({
      udp_destination: "127.0.0.1:514",
    });
  });
});
