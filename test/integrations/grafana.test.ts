import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBatch } from "../pipeline/support.ts";
import { findPrometheus, promtool } from "../server/metrics/prometheus.ts";
import { createAgent, namesOf, openMetrics } from "../server/metrics/support.ts";
import { metricsIn } from "./support.ts";

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly id: number;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

const dashboard = JSON.parse(
  readFileSync(join(import.meta.dir, "../../integrations/grafana/tetrad.json"), "utf8"),
) as Dashboard;
const queries = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];

describe("integrations/grafana", () => {
  test("queries name metrics only that there are", async () => {
    const { agent, bus } = createAgent();
    const { server, page } = await openMetrics(agent);
    bus.offer(
      createBatch([
        { process_kprobe: { process: { pid: 1, binary: "/a" }, policy_name: "p", function_name: "f" } },
      ] as never),
    );
    const names = namesOf(await page());
    await server.stop(AbortSignal.abort());
    const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
    const asked = new Set([...queries, ...definitions].flatMap(metricsIn));
    expect(asked.size).toBeGreaterThan(15);
    expect([...asked].filter((name) => !names.has(name))).toEqual([]);
  });

  test("panels have ids of their own, and a query each", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ targets }) => targets.length === 0)).toEqual([]);
  });

  test.skipIf(findPrometheus("promtool") === undefined)("Prometheus can parse each query", async () => {
    const rules = queries.map((expr, i) => ({
      record: `query_${i}`,
      expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$job", "j").replaceAll("$instance", "i"),
    }));
    const path = join(tmpdir(), `tetrad-queries-${process.pid}.json`);
    await Bun.write(path, JSON.stringify({ groups: [{ name: "queries", rules }] }));
    const { code, text } = await promtool(["check", "rules", path]);
    await Bun.file(path).delete();
    expect(text).toContain(`${rules.length} rules found`);
    expect(code).toBe(0);
  });
});
