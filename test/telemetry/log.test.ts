import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogObject } from "consola/core";
import { formatColored, formatJson, formatText } from "../../src/telemetry/log.ts";

function entry(type: LogObject["type"], ...args: unknown[]): LogObject {
  return { date: new Date(0), args, type, level: 0, tag: "" };
}

test("formatText() writes logfmt with Tetragon's level names", () => {
  expect(formatText(entry("warn", "Two words", { path: "/a b", count: 2 }))).toBe(
    'time=1970-01-01T00:00:00.000Z level=warning msg="Two words" path="/a b" count=2\n',
  );
});

test("formatJson() writes the same as one object", () => {
  expect(JSON.parse(formatJson(entry("info", "Done", { count: 2 })))).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "info",
    msg: "Done",
    count: 2,
  });
});

test.each([
  ["warn", "\u001b[33mlevel=warning\u001b[0m"],
  ["error", "\u001b[31mlevel=error\u001b[0m"],
  ["info", "level=info"],
] as const)("formatColored() paints %s, and adds nothing but colours", (type, level) => {
  const colored = formatColored(entry(type, "Two words", { key: "value" }));
  expect(colored).toContain(` ${level} msg="Two words" key=value\n`);
  expect(Bun.stripANSI(colored)).toBe(formatText(entry(type, "Two words", { key: "value" })));
});

test.each([
  ["text", formatText],
  ["JSON", formatJson],
] as const)("what others chose reaches a terminal as text only, in %s", (_, format) => {
  const hostile = "\u001b[2J\u009b2J\u007f\n\u202e\u2028\u{e0041}";
  const line = format(entry("info", hostile, { path: hostile }));
  expect(line.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  if (format === formatJson) expect(JSON.parse(line)).toMatchObject({ msg: hostile, path: hostile });
});

test("createLog() writes what stderr gets into the log file, too, without colours", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-log-"));
  try {
    const file = join(directory, "agent.log");
    const settings = { level: "info", format: "text", file, colors: true };
    const script = `import { createLog } from "./src/telemetry/log.ts";
      const { log } = createLog(${JSON.stringify(settings)});
      log.warn("Two words", { key: 1 });`;
    const child = Bun.spawn([process.execPath, "-e", script], {
      cwd: join(import.meta.dir, "../.."),
      stderr: "pipe",
    });
    const shown = await new Response(child.stderr).text();
    expect(await child.exited).toBe(0);
    expect(shown).toContain("\u001b[33m");
    expect(Bun.stripANSI(shown)).toBe(readFileSync(file, "utf8"));
    expect(shown).toContain('msg="Two words" key=1');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
