/**
 * @module What events of a ready-made policy are to have besides: `builtin:NAME+stacks`. It is written into the policy's text, where its
 * author would write it, so that whoever looks at it, changes it or loads it has the same.
 */
import { Findings } from "../document/finding.ts";
import type { Node } from "../document/yaml/node.ts";
import { parseYaml } from "../document/yaml/parse.ts";
import type { Position } from "../policy.ts";

/** Words behind the name, and the fields of `Post` that they set. */
const FIELDS = {
  stacks: ["kernelStackTrace", "userStackTrace"],
  "kernel-stack": ["kernelStackTrace"],
  "user-stack": ["userStackTrace"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Digests of files, which no text of a kprobe may ask for: hooks that are moved to the security modules do. */
export const HASHES = "hashes";

/** What may be asked for. */
export type Extra = keyof typeof FIELDS | typeof HASHES;
/** All of it. */
export const EXTRAS = [...Object.keys(FIELDS), HASHES] as Extra[];

/** Something that is written into a text. */
interface Insertion {
  readonly at: Position;
  readonly text: string;
}

/** A policy's text with what is asked for. */
export function withExtras(text: string, extras: readonly Extra[]): string {
  const wanted = extras.filter((extra) => extra !== HASHES);
  const fields = [...new Set(wanted.flatMap((extra) => FIELDS[extra]))].map((field) => `${field}: true`);
  if (fields.length === 0) return text;
  const insertions = parseYaml(text, new Findings("")).flatMap((document) =>
    itemsOf(member(member(document, "spec"), "kprobes")).flatMap((hook) => ofHook(hook, fields, text)),
  );
  return inserted(text, insertions);
}

function ofHook(hook: Node, fields: readonly string[], text: string): Insertion[] {
  const post = `matchActions: [{action: Post, ${fields.join(", ")}}]`;
  const selectors = member(hook, "selectors");
  if (selectors === undefined) return [atStart(hook, `selectors: [{${post}}]`, text)];
  return itemsOf(selectors).flatMap((selector) => {
    const actions = member(selector, "matchActions");
    if (actions === undefined) return [atStart(selector, post, text)];
    return itemsOf(actions)
      .filter((action) => isPost(action))
      .flatMap((action) => fields.map((field) => atStart(action, field, text)));
  });
}

function isPost(action: Node): boolean {
  const name = member(action, "action");
  return name?.kind === "scalar" && name.value === "Post";
}

/** Before the first key of a mapping. */
function atStart({ at }: Node, member: string, text: string): Insertion {
  const isFlow = lineOf(text, at)[at.column - 1] === "{";
  return isFlow
    ? { at: { ...at, column: at.column + 1 }, text: `${member}, ` }
    : { at, text: `${member}\n${" ".repeat(at.column - 1)}` };
}

function lineOf(text: string, { line }: Position): string {
  return text.split("\n")[line - 1]!;
}

/** What stands at an anchor is met once for each alias of it, and written once. */
function inserted(text: string, insertions: readonly Insertion[]): string {
  const byPlace = new Map(insertions.map((each) => [`${each.at.line}:${each.at.column}:${each.text}`, each]));
  const lines = text.split("\n");
  const fromEnd = [...byPlace.values()].sort(
    (one, other) => other.at.line - one.at.line || other.at.column - one.at.column,
  );
  for (const { at, text: added } of fromEnd) {
    const line = lines[at.line - 1]!;
    lines[at.line - 1] = line.slice(0, at.column - 1) + added + line.slice(at.column - 1);
  }
  return lines.join("\n");
}

function member(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}
