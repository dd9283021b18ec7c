import { describe, expect, test } from "bun:test";
import { parseMetrics, sumsBy, total } from "../../../src/cli/top/metrics.ts";
import { rate } from "../../../src/cli/top/table.ts";
import { type Reading, type Screen, viewLines } from "../../../src/cli/top/view.ts";

const page = (factor: number, more = "") => `# HELP tetrad_agent_info Which agent this is.
# TYPE tetrad_agent_info gauge
tetrad_agent_info{hostname="h1",agent_version="1.2.3"} 1
tetrad_agent_start_time_seconds 1000
tetrad_agent_healthy 1
tetrad_events_read_total ${100 * factor}
tetrad_source_events_read_total{source="sensor"} ${70 * factor}
tetrad_source_events_read_total{source="file:/var/log/x"} ${30 * factor}
tetrad_events_accepted_total ${90 * factor}
tetrad_events_dropped_total{reason="filtered",intended="true"} ${10 * factor}
tetrad_events_dropped_total{reason="invalid",intended="false"} 0
tetragon_events_total{type="PROCESS_EXEC",namespace="ns",pod="p1",binary="/usr/bin/quiet"} 70
tetragon_events_total{type="PROCESS_EXEC",namespace="",pod="",binary="/usr/bin/busy"} ${20 * factor}
tetragon_events_total{type="PROCESS_EXIT",namespace="",pod="",binary="/usr/bin/busy"} ${5 * factor}
tetragon_policy_events_total{policy="connect",hook="x"} ${2 * factor}
tetrad_exporter_events_exported_total{exporter="udp"} ${80 * factor}
tetrad_exporter_events_dropped_total{exporter="udp",reason="queue_full"} ${4 * factor}
tetrad_exporter_events_dropped_total{exporter="udp",reason="send_failed"} 0
tetrad_exporter_queue_events{exporter="udp"} 17
tetrad_server_clients{server="grpc"} 2
tetrad_server_events_exported_total{server="grpc"} ${40 * factor}
tetrad_server_events_dropped_total{server="grpc",reason="queue_full"} 3
${more}`;

const reading = (text: string, at: number): Reading => ({ metrics: parseMetrics(text), at });
const SCREEN: Screen = { columns: 80, rows: Number.POSITIVE_INFINITY, heading: (text) => text };

const view = (screen: Partial<Screen> = {}, more = "") =>
  viewLines(reading(page(1, more), 4_600_000), reading(page(3, more), 4_602_000), { ...SCREEN, ...screen });

/** The words of the line that begins with `name`. */
const row = (lines: readonly string[], name: string) =>
  lines
    .find((line) => line.startsWith(name))
    ?.split(/ +/)
    .slice(1);

describe("viewLines()", () => {
  test("shows policies with state and counts, those first that are not as they should be", () => {
    const labels = (policy: string) =>
      `policy="${policy}",policy_namespace="",hook="kprobe:x",selector_index="0"`;
    const policies = `tetrad_policy_info{policy="busy",policy_namespace="",state="enabled",mode="enforce"} 1
tetrad_policy_info{policy="broken",policy_namespace="ns",state="load_error",mode="enforce"} 1
tetrad_policy_selector_asked_total{${labels("busy")}} 90
tetrad_policy_selector_held_total{${labels("busy")}} 8
tetragon_tracingpolicy_selector_actions_total{action="post",${labels("busy")}} 7
tetragon_tracingpolicy_selector_actions_total{action="signal",${labels("busy")}} 6
tetrad_policy_selector_lost_total{${labels("busy")}} 2
tetragon_tracingpolicy_kernel_memory_bytes{policy="busy",policy_namespace=""} 40960
`;
    const lines = view({}, policies);
    expect(row(lines, "busy")).toEqual(["enabled", "0.0", "90", "8", "7", "2", "41"]);
    expect(row(lines, "ns/broken")).toEqual(["load_error", "0.0", "0", "0", "0", "0", "0"]);
    const at = (name: string) => lines.findIndex((line) => line.startsWith(name));
    expect(at("ns/broken")).toBeLessThan(at("busy"));
  });

  test("shows rates between two readings, and sums", () => {
    const lines = view();
    expect(lines.slice(0, 2)).toEqual([
      "tetrad 1.2.3 on h1, up 1h2s",
      "events/s: read 100, accepted 90.0, dropped 10.0; sensor records lost 0.0",
    ]);
    expect(row(lines, "sensor")).toEqual(["70.0", "210"]);
    expect(row(lines, "file:/var/log/x")).toEqual(["30.0", "90"]);
    expect(row(lines, "PROCESS_EXEC")).toEqual(["20.0", "130"]);
    expect(row(lines, "PROCESS_EXIT")).toEqual(["5.0", "15"]);
    expect(row(lines, "udp")).toEqual(["80.0", "4.0", "12", "17"]);
    expect(row(lines, "grpc")).toEqual(["2", "40.0", "3"]);
    expect(row(lines, "filtered")).toEqual(["10.0", "30"]);
    expect(row(lines, "invalid")).toBeUndefined();
    expect(row(lines, "ns/p1")).toEqual(["0.0", "70"]);
    expect(row(lines, "connect")).toEqual(["2.0", "6"]);
    const busy = lines.findIndex((line) => line.startsWith("/usr/bin/busy"));
    expect(lines[busy + 1]).toStartWith("/usr/bin/quiet");
  });

  test("has no rates before the second reading, and counts from 0 after a restart", () => {
    const now = reading(page(1), 2000);
    expect(row(viewLines(undefined, now, SCREEN), "PROCESS_EXEC")).toEqual(["-", "90"]);
    const restarted = viewLines(reading(page(10), 1000), now, SCREEN);
    expect(row(restarted, "PROCESS_EXIT")).toEqual(["5.0", "5"]);
  });

  test("shows Tetragon, which has metrics of events alone", () => {
    const text =
      'tetragon_build_info{version="v1.7.0"} 1\ntetragon_events_total{type="PROCESS_EXEC",binary="/a"} 4\n';
    expect(viewLines(undefined, reading(text, 0), SCREEN).slice(0, 2)).toEqual([
      "tetragon v1.7.0",
      "events/s: -",
    ]);
  });

  test.each([30, 40, 80, 200])("keeps to %d columns, whatever names there are", (columns) => {
    const long = `tetragon_events_total{type="T",namespace="${"n".repeat(90)}",pod="p",binary="/${"字".repeat(90)}/end"} 9`;
    const lines = view({ columns }, long);
    for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
    if (columns === 80)
      expect(lines.some((line) => line.startsWith("…") && line.includes("字/end"))).toBe(true);
  });

  test.each([1, 5, 24, 40])("keeps to %d rows", (rows) => {
    const many = Array.from(
      { length: 50 },
      (_, i) => `tetragon_events_total{type="T",binary="/bin/${i}"} 1`,
    ).join("\n");
    expect(view({ rows }, many).length).toBeLessThan(Math.max(2, rows));
  });

  test("shows control characters of names as what they are", () => {
    const evil = "\u001b[2J\u009b1m\\n\u202e";
    const lines = view(
      {},
      `tetragon_events_total{type="${evil}",namespace="${evil}",pod="${evil}",binary="${evil}"} 9`,
    );
    expect(lines.join("")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(lines.join("")).toContain("\\u001b[2J");
  });
});

describe("parseMetrics()", () => {
  test("reads labels with what is escaped in them, and passes over what is no sample", () => {
    const metrics = parseMetrics(
      '# a{b="c"} 1\na{b="x\\"y\\\\z\\n,}",c=""} 1.5e3 1700000000\na 2\n{} \nno number\nb NaN\n',
    );
    expect(metrics.get("a")).toEqual([
      { labels: { b: 'x"y\\z\n,}', c: "" }, value: 1500 },
      { labels: {}, value: 2 },
    ]);
    expect(total(metrics, "a")).toBe(1502);
    expect(total(metrics, "none")).toBe(0);
    expect([...sumsBy(metrics, "a", ({ c }) => c)]).toEqual([]);
  });
});

describe("rate()", () => {
  test.each([
    [Number.NaN, "-"],
    [0, "0.0"],
    [99.94, "99.9"],
    [1234.5, "1235"],
    [12_345, "12.3k"],
    [1_234_567, "1.2M"],
  ])("shows %d as %s", (value, expected) => {
    expect(rate(value)).toBe(expected);
  });
});
