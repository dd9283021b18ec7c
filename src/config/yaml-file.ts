/** @module Reads a YAML configuration file: a mapping of options to scalars or, for list options, lists. */
import type { Document, Node, Scalar } from "yaml";
import { formatList } from "../lib/text/list.ts";
import { quote } from "./error.ts";
import {
  emptyLayer,
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

/** Loaded only when there is a file to parse: most agents have none, and the parser costs milliseconds to load. */
function yamlPackage(): typeof import("yaml") {
  return require("yaml");
}

class YamlReader {
  readonly #table: OptionTable;
  readonly #path: string;
  readonly #layer = emptyLayer();
  readonly #yaml = yamlPackage();
  readonly #lines = new this.#yaml.LineCounter();

  constructor(table: OptionTable, path: string) {
    this.#table = table;
    this.#path = path;
  }

  read(text: string): Layer {
    const document = this.#yaml.parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const error of document.errors) {
      this.#refuse(
        `found ${quote(error.message)} in line ${this.#lineAt(error.pos[0])}, expected valid YAML`,
      );
    }
    if (document.errors.length > 0) return this.#layer;
    const { contents } = document;
    if (this.#yaml.isMap(contents)) {
      for (const pair of pairsOf(this.#yaml, contents, document)) this.#pair(pair, document);
    } else if (contents !== null && !this.#isNull(contents)) {
      this.#refuse(`found ${this.#describe(contents)}, expected one "option: value" on each line`);
    }
    return this.#layer;
  }

  #pair(pair: NodePair, document: Document): void {
    const origin = `file ${this.#path}:${this.#lineAt(pair.key.range?.[0] ?? 0)}`;
    const key = this.#yaml.isScalar(pair.key) ? String(pair.key.value) : "?";
    const name = key.toLowerCase();
    if (!this.#table.has(name)) {
      this.#layer.warnings.push(unknownKeyWarning(this.#table, key, origin));
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
      text = this.#json(node, document);
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
    const inner = (item: unknown) => this.#json(this.#resolve(item as Node, document), document, depth + 1);
    if (this.#yaml.isScalar(node) && node.value !== null) return JSON.stringify(this.#scalarText(node));
    if (depth < 3 && this.#yaml.isSeq(node)) return `[${node.items.map(inner).join(",")}]`;
    if (depth < 3 && this.#yaml.isMap(node)) {
      const pairs = pairsOf(this.#yaml, node, document);
      return `{${pairs.map(({ key, value }) => `${inner(key)}:${inner(value)}`).join(",")}}`;
    }
    return "null";
  }

  #resolve(node: Node | null, document: Document): unknown {
    return this.#yaml.isAlias(node) ? node.resolve(document) : node;
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
