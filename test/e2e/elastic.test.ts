/** `tetrad elastic` and the agent, with a real OpenSearch between them: `npm run acceptance -- elastic` fetches one. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { describeWithBpf } from "../kernel/support.ts";
import { missingForOpenSearch, type OpenSearchPeer, startOpenSearch } from "../peers/open-search.ts";
import { createPidNamespace } from "../source/sensor/support.ts";
import { cleanUp, runTetrad, startTetrad, TETRAD } from "./harness.ts";

const missing = missingForOpenSearch();

afterEach(cleanUp);

describe("tetrad elastic", () => {
  test("without a cluster it is a wrong configuration", async () => {
    for (const command of ["setup", "check"]) {
      const { code, stderr } = await runTetrad(["elastic", command]);
      expect(code).toBe(2);
      expect(stderr).toContain("--elasticsearch-hosts is not set");
    }
  });

  test("a cluster that does not answer ends it with exit code 1 and one line", async () => {
    for (const command of ["setup", "check"]) {
      const { code, stderr } = await runTetrad([
        "elastic",
        command,
        "--elasticsearch-hosts=http://127.0.0.1:1",
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Cannot .*: http:\/\/127\.0\.0\.1:1: connection refused.*\n$/);
    }
  });

  test("--print and --print-saved-objects ask nobody, and each line is what an import takes", async () => {
    const requests = await runTetrad(["elastic", "setup", "--print", "--for=opensearch"]);
    expect(requests.code).toBe(0);
    expect(requests.stdout.match(/^(?:PUT|POST) \/\S+$/gm)!.length).toBe(10);
    const objects = await runTetrad(["elastic", "setup", "--print-saved-objects"]);
    const types = objects.stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types.filter((type) => type === "dashboard")).toHaveLength(5);
  });
});

describe.skipIf(missing !== undefined)(
  `tetrad elastic with OpenSearch${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let peer: OpenSearchPeer;
    let hosts: string;
    beforeAll(async () => {
      peer = await startOpenSearch();
      hosts = `--elasticsearch-hosts=${peer.url}`;
    });
    afterAll(() => peer?.stop());

    test("setup says each step, and a second run that nothing is to do", async () => {
      const first = await runTetrad(["elastic", "setup", hosts, "--rules=false"]);
      expect(first).toMatchObject({ code: 0, stderr: "" });
      expect(first.stdout.match(/^ \d\/6 .* created$/gm)).toHaveLength(6);
      const second = await runTetrad(["elastic", "setup", hosts, "--rules=false"]);
      expect(second.stdout.match(/^ \d\/6 .* up to date$/gm)).toHaveLength(5);
    });

    test("check says that nothing comes, and why, where no agent sends", async () => {
      const { code, stdout, stderr } = await runTetrad(["elastic", "check", hosts, "--wait=1s"]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^event\.dataset +MISSING +nothing\n +likely: no agent sends here/);
      expect(stdout).toContain("In this index there is no event.");
      expect(stderr).toContain("waits for the start of whoami, a connection to 127.0.0.1:");
    });

    describeWithBpf("where an agent watches", () => {
      test("check finds all five fields", async () => {
        await using enclosure = await createPidNamespace();
        const agent = startTetrad([
          "--event-source=sensor",
          `--sensor-scope=${enclosure.scope}`,
          "--enable-network-events",
          hosts,
        ]);
        await agent.logged("Sensor watches");
        const out = await enclosure.run([TETRAD, "elastic", "check", hosts, "--wait=60s"]);
        agent.process.kill("SIGTERM");
        expect(await agent.exit()).toBe(0);
        const lines = out.trimEnd().split("\n");
        expect(lines.map((line) => line.split(/ +/).slice(0, 2).join(" "))).toEqual(
          ["event.dataset", "process.name", "destination.ip", "event.action", "message"].map(
            (field) => `${field} ok`,
          ),
        );
        expect(lines[1]).toContain("whoami");
        expect(lines[2]).toContain("127.0.0.1");
        expect(lines[3]).toContain("socket_connect");
      });
    });
  },
);
