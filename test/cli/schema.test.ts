import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { schema } from "../../src/cli/schema.ts";
import { JSON_SCHEMA_NAMES } from "../../src/event/json-schema/roots.ts";
import { runCommand } from "./support.ts";

const SCHEMAS = [...JSON_SCHEMA_NAMES, "tracingpolicy"];
const NAMES = [...SCHEMAS, "crds"];

describe("tetrad schema", () => {
  test("lists every type and says what it is", async () => {
    const { code, out, err } = await runCommand(schema, []);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const rows = out.trimEnd().split("\n");
    expect(rows.map((row) => row.split(" ")[0] as string)).toEqual(NAMES);
    for (const row of rows) expect(row).toMatch(/^\w+ {2,}[A-Z].*\.$/);
    expect(out).toMatch(/^process_exec +A program was executed\.$/m);
    expect(out).toMatch(/^agent_init +The first event of every start/m);
  });

  test.each(SCHEMAS)("prints the schema of %s as it is published", async (name) => {
    const { code, out, err } = await runCommand(schema, [name]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(readFileSync(join(import.meta.dir, `../../docs/schema/${name}.json`), "utf8"));
  });

  test("prints the definitions for Kubernetes as the chart has them", async () => {
    const { out } = await runCommand(schema, ["crds"]);
    const directory = join(import.meta.dir, "../../charts/tetrad/files/crds");
    const texts = readdirSync(directory)
      .sort()
      .map((name) => readFileSync(join(directory, name), "utf8").replace(/^# Generated.*\n/, ""));
    expect(out).toBe(texts.join("---\n"));
  });

  test.each([
    ["process_exe", 'Unknown type "process_exe": did you mean process_exec?'],
    ["PROCESS_EXIT", 'Unknown type "PROCESS_EXIT": did you mean process_exit?'],
    ["agent-init", 'Unknown type "agent-init": did you mean agent_init?'],
    ["\u001b[2J", `Unknown type "\\u001b[2J": known are ${NAMES.join(", ")}`],
  ])("names the type that was meant: %j", (word, message) => {
    expect(runCommand(schema, [word])).rejects.toMatchObject({ code: "config", message });
  });

  test("takes one type", () => {
    expect(runCommand(schema, ["process_exec", "process_exit"])).rejects.toMatchObject({ code: "config" });
  });
});
