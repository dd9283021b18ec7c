/** @module The tables of `docs/ecs.md`: fields, and actions with the calls that they are of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ACTIONS } from "../../src/encoding/ecs/actions.ts";
import { CALL_ACTIONS } from "../../src/encoding/ecs/calls.ts";
import { ECS_FIELDS, type EcsField } from "../../src/encoding/ecs/fields.ts";

const PATH = "docs/ecs.md";

function fieldTable(fields: readonly EcsField[]): string[] {
  const rows = fields.map(
    ({ name, type, isList, from }) => `| \`${name}\` | ${type}${isList ? ", list" : ""} | ${from} |`,
  );
  return ["| field | type | from |", "| --- | --- | --- |", ...rows];
}

function actionTable(): string[] {
  const rows = Object.entries(ACTIONS).map(([action, { category, type }]) => {
    const names = Object.entries(CALL_ACTIONS).filter(([, each]) => each === action);
    const calls = names.map(([name]) => `\`${name}\``).join(", ");
    return `| \`${action}\` | ${category.join(", ")} | ${type.join(", ")} | ${calls} |`;
  });
  return ["| action | category | type | calls |", "| --- | --- | --- | --- |", ...rows];
}

const PARTS: Readonly<Record<string, () => string[]>> = {
  fields: () => fieldTable(ECS_FIELDS.filter(({ isForeign }) => !isForeign)),
  foreign: () => fieldTable(ECS_FIELDS.filter(({ isForeign }) => isForeign)),
  actions: actionTable,
};

/** `docs/ecs.md`, with its tables as they are now. @param root Of the tree. */
export function renderEcs(root: string): Record<string, string> {
  const text = readFileSync(join(root, PATH), "utf8");
  const marked = /(<!-- Generated (\w+):[^\n]*-->\n)[\s\S]*?(<!-- End -->)/g;
  const written = text.replace(marked, (_, begin: string, part: string, end: string) =>
    [begin, ...(PARTS[part]?.() ?? []), end].join("\n"),
  );
  return { [PATH]: written };
}
