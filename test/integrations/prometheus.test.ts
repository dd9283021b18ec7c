import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPrometheus, promtool } from "../server/metrics/prometheus.ts";
import { createAgent, namesOf, openMetrics } from "../server/metrics/support.ts";
import { metricsIn } from "./support.ts";

const DIRECTORY = join(import.meta.dir, "../../integrations/prometheus");
const hasNoPromtool = findPrometheus("promtool") === undefined;

describe("integrations/prometheus", () => {
  test("alerts ask for metrics only that there are", async () => {
    const { server, page } = await openMetrics(createAgent().agent);
    const names = namesOf(await page());
    await server.stop(AbortSignal.abort());
    const { groups } = Bun.YAML.parse(readFileSync(join(DIRECTORY, "alerts.yaml"), "utf8")) as {
      groups: { rules: { expr: string }[] }[];
    };
    const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
    const asked = new Set(expressions.flatMap(metricsIn));
    expect(asked.size).toBeGreaterThan(8);
    expect([...asked].filter((name) => !names.has(name))).toEqual([]);
  });

  test.skipIf(hasNoPromtool)("promtool takes the alerts as rules", async () => {
    expect(await promtool(["check", "rules", "alerts.yaml"], "", DIRECTORY)).toMatchObject({ code: 0 });
  });

  test.skipIf(hasNoPromtool)("alerts are raised when they are to be, and only then", async () => {
    const { code, text } = await promtool(["test", "rules", "alerts.test.yaml"], "", DIRECTORY);
    expect(text).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});
