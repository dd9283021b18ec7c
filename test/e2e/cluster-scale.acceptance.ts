/** The executable on a node that has much to do: five hundred containers in a minute, an API server that is away for long. */
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { describeWithBpf } from "../kernel/support.ts";
import { CGROUP_LAYOUTS, idOf, PODS, podOf, uidOf } from "../kubernetes/made-up-pods.ts";
import type { CgroupEnclosure } from "../source/sensor/support.ts";
import { cleanUp, type RunningAgent, until } from "./harness.ts";
import { execsOf, runIn, startAgent, startCgroup, startServer, WATCHES } from "./made-up-cluster.ts";

afterEach(cleanUp);

const CONTAINERS = 500;
/** As many pods as a kubelet takes on a large node. */
const PODS_OF_A_NODE = 250;
const MAX_RSS_MB = 110;
const MAX_RETURN_MS = 5000;
const AWAY_SECONDS = Number(process.env.TETRAD_API_ABSENCE_SECONDS ?? 600);
const LIMIT_MS = (AWAY_SECONDS + 300) * 1000;
const layouts = Object.values(CGROUP_LAYOUTS);

function rssMb({ process: { pid } }: RunningAgent): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]) / 1024;
}

/** The first exec of container `name`. */
function begin(cgroup: CgroupEnclosure, name: string, mark: string, layout = layouts[0]!): void {
  runIn(cgroup, layout(uidOf(name), idOf(name)), ["/bin/echo", `${mark}-${name}`]);
}

describeWithBpf("an agent on a large node", () => {
  test(
    "knows the pod of each of 500 containers from its first exec on",
    async () => {
      const server = await startServer();
      const cgroup = await startCgroup();
      const agent = startAgent(server, cgroup);
      await agent.logged("Sensor watches");
      await until(() => server.watchCount === WATCHES, "all watches");
      const began = performance.now();
      const seen = () => execsOf(agent, "first").length;
      for (let i = 0; i < CONTAINERS; i++) {
        const name = `pod-${i}`;
        begin(cgroup, name, "first", layouts[i % layouts.length]);
        // The API server says which container it is once that runs.
        server.put(PODS, podOf(name, { containerId: idOf(name) }));
        if (i + 1 === PODS_OF_A_NODE) {
          await until(
            () => seen() === PODS_OF_A_NODE,
            () => `${seen()} execs`,
          );
          const rss = rssMb(agent);
          console.log(`with ${PODS_OF_A_NODE} pods: ${rss.toFixed(0)} MB`);
          expect(rss).toBeLessThanOrEqual(MAX_RSS_MB);
        }
      }
      const seconds = (performance.now() - began) / 1000;
      await until(
        () => seen() === CONTAINERS,
        () => `${seen()} execs`,
      );
      const right = execsOf(agent, "first").filter((exec) => exec.arguments === `first-${exec.pod?.name}`);
      console.log(`${right.length} of ${CONTAINERS} right, begun within ${seconds.toFixed(0)} s`);
      expect(right.length).toBe(CONTAINERS);
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      expect(agent.log()).toContain("lost=0");
    },
    LIMIT_MS,
  );

  test(
    `goes on while the API server is away for ${AWAY_SECONDS} seconds, and is right again when it is back`,
    async () => {
      const server = await startServer();
      const cgroup = await startCgroup();
      for (let i = 0; i < PODS_OF_A_NODE; i++)
        server.put(PODS, podOf(`old-${i}`, { containerId: idOf(`old-${i}`) }));
      const agent = startAgent(server, cgroup);
      await agent.logged("Sensor watches");
      await until(() => server.watchCount === WATCHES, "all watches");
      await server.stop();
      const end = performance.now() + AWAY_SECONDS * 1000;
      let rounds = 0;
      for (; performance.now() < end; rounds++) {
        begin(cgroup, `old-${rounds % PODS_OF_A_NODE}`, "known");
        begin(cgroup, `new-${rounds}`, "meanwhile");
        await Bun.sleep(2000);
      }
      server.restore(3);
      for (let i = 0; i < rounds; i++) server.put(PODS, podOf(`new-${i}`, { containerId: idOf(`new-${i}`) }));
      await server.start();
      const back = performance.now();
      await until(() => server.watchCount === WATCHES, "all watches again");
      for (let i = 0; i < rounds; i++) begin(cgroup, `new-${i}`, "after");
      const of = (mark: string) => execsOf(agent, mark);
      await until(
        () => of("after").length === rounds,
        () => `${of("after").length} execs`,
      );
      const took = performance.now() - back;
      await until(
        () => of("meanwhile").length === rounds,
        () => `${of("meanwhile").length} execs`,
      );
      console.log(`${rounds} execs of each kind; all right ${(took / 1000).toFixed(1)} s after the return`);
      expect(of("known").map((exec) => `known-${exec.pod?.name}`)).toEqual(
        of("known").map((exec) => exec.arguments!),
      );
      expect(of("known").length).toBe(rounds);
      expect(of("after").every((exec) => exec.arguments === `after-${exec.pod?.name}`)).toBe(true);
      expect(took).toBeLessThanOrEqual(MAX_RETURN_MS);
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      expect(agent.log()).toContain("lost=0");
    },
    LIMIT_MS,
  );
});
