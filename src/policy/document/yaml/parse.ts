/** @module The text of a file to the documents in it. */
import type { Document, LineCounter, YAMLParseError, Node as YamlNode } from "yaml";
import { type NodePair, pairsOf } from "../../../config/yaml-merge.ts";
import type { Position } from "../../policy.ts";
import { type Findings, quote } from "../finding.ts";
import { AliasTargets } from "./alias.ts";
import type { Entry, Node, ScalarNode } from "./node.ts";
import { resolveScalar } from "./scalar.ts";

/** Bytes of a file. */
const MAX_LENGTH = 4 << 20;
/** Marks and white space between them count, too. */
const MAX_TOKENS = 1_000_000;
/** The parser takes ten times as long for one as for another mark. */
const MAX_BRACKETS = 50_000;
const MAX_DOCUMENTS = 4096;
const MAX_ALIASES = 1000;
const MAX_DEPTH = 64;
/** Values that aliases may multiply to. */
const MAX_NODES = 300_000;
/** Of the parser; what follows the first ones is seldom a mistake of its own. */
const MAX_ERRORS = 20;

/** Loaded only when there is a document to parse. */
function yamlPackage(): typeof import("yaml") {
  return require("yaml");
}

/**
 * The documents of a file that are not empty. Text that cannot be parsed is a finding, and gives none.
 * @param text YAML, or JSON, which is YAML.
 */
export function parseYaml(text: string, findings: Findings): Node[] {
  const refuse = (found: string, at: Position = { line: 1, column: 1 }, expected = "valid YAML"): Node[] => {
    findings.add({ severity: "error", at, path: "", found, expected });
    return [];
  };
  const yaml = yamlPackage();
  const excess = findExcess(text, yaml);
  if (excess !== undefined) return refuse(excess, undefined, "a tracing policy");
  const lines = new yaml.LineCounter();
  let documents: readonly Document.Parsed[];
  try {
    documents = yaml.parseAllDocuments(text, {
      version: "1.1",
      // Scalars are resolved here, as Tetragon does it.
      schema: "failsafe",
      lineCounter: lines,
      prettyErrors: false,
      // The package compares each key with each other one.
      uniqueKeys: false,
    }) as readonly Document.Parsed[];
  } catch (error) {
    return refuse(quote(error instanceof Error ? error.message : String(error)));
  }
  const errors = documents.flatMap((document) => document.errors).slice(0, MAX_ERRORS);
  // The second one at a place follows from the first.
  for (const [index, error] of errors.entries()) {
    if (errors[index - 1]?.pos[0] === error.pos[0]) continue;
    const at = positionOf(lines, error.pos[0]);
    const cure = Object.hasOwn(CURES, error.code) ? CURES[error.code]! : "";
    findings.add({
      severity: "error",
      at,
      path: "",
      found: describeError(error),
      expected: "valid YAML",
      cure,
    });
  }
  if (errors.length > 0) return [];
  return documents.flatMap((document) => {
    if (document.contents === null) return [];
    const node = new Converter(document, lines, findings).convert(document.contents);
    return node.kind === "scalar" && node.value === null ? [] : [node];
  });
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** What helps against mistakes, by the parser's names for them. */
const CURES: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'keys of one mapping begin in one column, and a text with ": " in it needs quotes',
  MULTILINE_IMPLICIT_KEY: "keys of one mapping begin in one column, and are followed by a colon",
  BAD_INDENT: "what belongs together begins in one column",
  BAD_ALIAS: "* at the beginning of a text needs quotes",
  BAD_SCALAR_START: "a text that begins so needs quotes",
};

/** The parser's reason, but not where it speaks to programmers. */
function describeError({ code, message }: YAMLParseError): string {
  if (code === "RESOURCE_EXHAUSTION") return "values nested too deeply";
  if (code === "TAB_AS_INDENT") return "a tabulator as indentation, where YAML allows spaces only";
  return quote(message);
}

/** What makes a text too much work to be parsed: a parser's time grows with more than its length. */
function findExcess(text: string, yaml: typeof import("yaml")): string | undefined {
  if (text.length > MAX_LENGTH) return `more than ${MAX_LENGTH} characters`;
  let tokens = 0;
  let depth = 0;
  let brackets = 0;
  let documents = 0;
  for (const token of new yaml.Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS) return `more than ${MAX_TOKENS} keys, values and marks`;
    if (token === "---" && ++documents > MAX_DOCUMENTS) return `more than ${MAX_DOCUMENTS} documents`;
    if (token === "[" || token === "{") {
      depth++;
      if (++brackets > MAX_BRACKETS) return `more than ${MAX_BRACKETS} brackets`;
    } else if (token === "]" || token === "}") depth--;
    if (depth > MAX_DEPTH) return `brackets ${depth} deep`;
  }
  return undefined;
}

/** Makes nodes of one document's. */
class Converter {
  readonly #yaml = yamlPackage();
  readonly #aliasTargets: AliasTargets;
  readonly #lines: LineCounter;
  readonly #findings: Findings;
  #nodes = 0;
  #aliases = 0;

  constructor(document: Document, lines: LineCounter, findings: Findings) {
    this.#aliasTargets = new AliasTargets(this.#yaml, document);
    this.#lines = lines;
    this.#findings = findings;
  }

  /** @param from Position of the alias that stands for the node, or of the key before it. */
  convert(node: YamlNode | null | undefined, from?: Position, depth = 0): Node {
    const at = node?.range ? positionOf(this.#lines, node.range[0]) : (from ?? { line: 1, column: 1 });
    const nothing: ScalarNode = { kind: "scalar", at, value: null, source: "", isQuoted: false };
    if (node === null || node === undefined) return nothing;
    if (++this.#nodes > MAX_NODES) return this.#refuse(nothing, "more values than a policy can have");
    if (depth > MAX_DEPTH) return this.#refuse(nothing, "values nested too deeply");
    if (this.#yaml.isAlias(node)) {
      if (++this.#aliases > MAX_ALIASES) return this.#refuse(nothing, `more than ${MAX_ALIASES} aliases`);
      return this.convert(this.#aliasTargets.of(node), at, depth + 1);
    }
    if (this.#yaml.isMap(node)) {
      const pairs = pairsOf(this.#yaml, node, (alias) => this.#aliasTargets.of(alias));
      return { kind: "map", at, entries: pairs.map((pair) => this.#entry(pair, at, depth)) };
    }
    if (this.#yaml.isSeq(node)) {
      const items = node.items.map((item) => this.convert(item as YamlNode | null, at, depth + 1));
      return { kind: "list", at, items };
    }
    if (!this.#yaml.isScalar(node)) return nothing;
    const source = String(node.value ?? "");
    const isQuoted = node.type !== "PLAIN";
    const value = isQuoted || node.tag === "tag:yaml.org,2002:str" ? source : resolveScalar(source);
    return { kind: "scalar", at, value, source, isQuoted };
  }

  #entry({ key, value }: NodePair, at: Position, depth: number): Entry {
    const keyNode = this.convert(key, at, depth + 1);
    const name = keyNode.kind === "scalar" ? keyNode.source : "?";
    return { key: name, at: keyNode.at, value: this.convert(value, keyNode.at, depth + 1) };
  }

  /** Said once: what is too much stays too much. */
  #refuse(nothing: ScalarNode, found: string): ScalarNode {
    if (this.#nodes <= MAX_NODES + 1 && this.#aliases <= MAX_ALIASES + 1) {
      this.#findings.add({
        severity: "error",
        at: nothing.at,
        path: "",
        found,
        expected: "a tracing policy",
      });
    }
    return nothing;
  }
}
