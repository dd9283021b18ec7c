/** @module Reads a YAML configuration file: a mapping of options to scalars or, for list options, lists. */
import type { Document, Node, Scalar, YAMLParseError } from "yaml";
import { formatList } from "../lib/text/list.ts";
import { quote } from "./error.ts";
import {
  emptyLayer,
  FirstOnly,
  fallbackWarning,
  flagOnlyWarning,
  isList,
  type Layer,
  optionProblem,
  unknownKeyWarning,
} from "./layer.ts";
import type { OptionTable } from "./table.ts";
import { readTrustedFile } from "./trust.ts";
import { type NodePair, pairsOf } from "./yaml-merge.ts";

/** Reads the file at `path`; nothing when there is none. Keys are the same in upper and lower case, as in Tetragon. */
export function readYamlFile(table: OptionTable, path: string): Layer {
  const read = readTrustedFile(path);
  if ("refused" in read) {
    const layer = emptyLayer();
    layer.problems.push(`Cannot read config file ${quote(path)}: ${read.refused}`);
    return layer;
  }
  return read.text === undefined ? emptyLayer() : new YamlReader(table, path).read(read.text);
}

let loaded: typeof import("yaml") | undefined;

/** Loads the parser, without which no file is read: most agents have none, and the parser costs milliseconds to load. */
export async function loadYaml(): Promise<void> {
  loaded ??= await import("yaml");
}

function yamlPackage(): typeof import("yaml") {
  if (loaded === undefined) throw new Error("Cannot parse YAML: loadYaml() has not been called");
  return loaded;
}

/** Marks and the white space between them count, too: some thousand lines. */
const MAX_TOKENS = 20_000;
const MAX_ALIASES = 100;
const MAX_DEPTH = 64;
/** Values that aliases may multiply to. */
const MAX_VALUES = 10_000;
/** Of one kind, one line each. */
const MAX_ERRORS = 20;

class YamlReader {
  readonly #table: OptionTable;
  readonly #path: string;
  readonly #layer = emptyLayer();
  readonly #unknown = new FirstOnly();
  readonly #yaml = yamlPackage();
  #values = 0;
  #resolved = 0;
  readonly #lines = new this.#yaml.LineCounter();

  constructor(table: OptionTable, path: string) {
    this.#table = table;
    this.#path = path;
  }

  read(text: string): Layer {
    const excess = this.#findExcess(text);
    if (excess !== undefined) {
      this.#refuse(`found ${excess}, expected a configuration`);
      return this.#layer;
    }
    const document = this.#yaml.parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // The package compares each key with each other one: a Set finds those that stand twice below.
      uniqueKeys: false,
    });
    const mistakes = document.errors.slice(0, MAX_ERRORS).map((error) => this.#describeError(error));
    for (const mistake of new Set(mistakes)) this.#refuse(mistake);
    if (document.errors.length > 0) return this.#layer;
    const { contents } = document;
    if (this.#yaml.isMap(contents)) {
      for (const pair of pairsOf(this.#yaml, contents, (alias) => alias.resolve(document)))
        this.#pair(pair, document);
      this.#unknown.finish(this.#layer, `file ${this.#path}`);
      if (this.#resolved > MAX_ALIASES)
        this.#refuse(`found more than ${MAX_ALIASES} aliases, expected a configuration`);
    } else if (contents !== null && !this.#isNull(contents)) {
      this.#refuse(`found ${this.#describe(contents)}, expected one "option: value" on each line`);
    }
    return this.#layer;
  }

  /** The parser's reason, but not where it speaks to programmers: of its own methods, and of its own stack. */
  #describeError({ code, message, pos }: YAMLParseError): string {
    const line = this.#lineAt(pos[0]);
    switch (code) {
      case "MULTIPLE_DOCS":
        return `found a second document in line ${line}, expected one`;
      case "RESOURCE_EXHAUSTION":
        return `found values nested too deeply in line ${line}, expected a configuration`;
      default:
        return `found ${quote(message)} in line ${line}, expected valid YAML`;
    }
  }

  /** What makes a text too much work to be parsed: a parser's time grows with more than its length. */
  #findExcess(text: string): string | undefined {
    let tokens = 0;
    let aliases = 0;
    let depth = 0;
    for (const token of new this.#yaml.Lexer().lex(text)) {
      if (++tokens > MAX_TOKENS) return `more than ${MAX_TOKENS} keys, values and marks`;
      if (token.startsWith("*") && ++aliases > MAX_ALIASES) return `more than ${MAX_ALIASES} aliases`;
      if (token === "[" || token === "{") depth++;
      else if (token === "]" || token === "}") depth--;
      if (depth > MAX_DEPTH) return `brackets ${depth} deep`;
    }
    return undefined;
  }

  #pair(pair: NodePair, document: Document): void {
    const origin = `file ${this.#path}:${this.#lineAt(pair.key.range?.[0] ?? 0)}`;
    const key = this.#yaml.isScalar(pair.key) ? String(pair.key.value) : "?";
    const name = key.toLowerCase();
    if (!this.#table.has(name)) {
      this.#unknown.add(this.#layer, () => unknownKeyWarning(this.#table, key, origin));
    } else if (this.#table.row(name).flagOnly) {
      this.#layer.warnings.push(flagOnlyWarning(name, origin));
    } else if (this.#layer.settings.has(name)) {
      const problem = { origin, found: "it a second time", expected: "every option once" };
      this.#layer.problems.push(optionProblem(name, problem));
    } else {
      this.#value(name, this.#resolve(pair.value, document), { origin, document });
    }
  }

  #value(name: string, node: unknown, { origin, document }: { origin: string; document: Document }): void {
    // A key without a value sets nothing.
    if (node === null || node === undefined || this.#isNull(node)) return;
    const option = this.#table.row(name);
    let text: string | undefined;
    if (this.#yaml.isScalar(node)) {
      text = this.#scalarText(node);
    } else if (option.kind.name === "map" && this.#yaml.isMap(node)) {
      this.#values = 0;
      text = this.#json(node, document);
      if (this.#values > MAX_VALUES) this.#refuse(`found more than ${MAX_VALUES} values in ${name}`);
    } else if (isList(option) && this.#yaml.isSeq(node)) {
      const items = node.items.map((item) => this.#resolve(item as Node, document));
      if (items.every((item) => this.#yaml.isScalar(item) && item.value !== null)) {
        text = formatList(items.map((item) => this.#scalarText(item as Scalar)));
      }
    }
    if (text !== undefined) {
      this.#layer.settings.set(name, { text, origin });
      return;
    }
    const found =
      this.#yaml.isSeq(node) && isList(option) ? "a list of lists or mappings" : this.#describe(node);
    const problem = { origin, found, expected: option.kind.expected };
    if (option.from === "tetrad") this.#layer.problems.push(optionProblem(name, problem));
    else this.#layer.warnings.push(fallbackWarning(name, problem, option.default));
  }

  /** A mapping as the JSON that a flag would have, its values as they were written. No kind needs more than three levels. */
  #json(node: unknown, document: Document, depth = 0): string {
    if (++this.#values > MAX_VALUES) return "null";
    const inner = (item: unknown) => this.#json(this.#resolve(item as Node, document), document, depth + 1);
    if (this.#yaml.isScalar(node) && node.value !== null) return JSON.stringify(this.#scalarText(node));
    if (depth < 3 && this.#yaml.isSeq(node)) return `[${node.items.map(inner).join(",")}]`;
    if (depth < 3 && this.#yaml.isMap(node)) {
      const pairs = pairsOf(this.#yaml, node, (alias) => alias.resolve(document));
      const keys = pairs.map(({ key }) => inner(key));
      const seen = new Set<string>();
      const twice = keys.find((key) => seen.size === seen.add(key).size);
      if (twice !== undefined) this.#refuse(`found ${twice} twice in one mapping, expected every key once`);
      return `{${pairs.map(({ value }, i) => `${keys[i]}:${inner(value)}`).join(",")}}`;
    }
    return "null";
  }

  #resolve(node: Node | null, document: Document): unknown {
    if (!this.#yaml.isAlias(node)) return node;
    // Each is looked for in the whole document.
    if (++this.#resolved > MAX_ALIASES) return null;
    return node.resolve(document);
  }

  /** The text as it was written, so that a permission of 0640 and a size of 64K mean the same as in a flag. */
  #scalarText(node: Scalar): string {
    return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
  }

  #isNull(node: unknown): boolean {
    return this.#yaml.isScalar(node) && node.value === null;
  }

  #describe(node: unknown): string {
    if (this.#yaml.isSeq(node)) return "a list";
    return this.#yaml.isMap(node) ? "a mapping" : quote(String(node));
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }

  #refuse(reason: string): void {
    this.#layer.problems.push(`Cannot read config file ${quote(this.#path)}: ${reason}`);
  }
}
