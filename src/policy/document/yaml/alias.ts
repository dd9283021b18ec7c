/** @module What aliases stand for, found in one walk: the package walks through the whole document for each. */
import type { Alias, Document, Node } from "yaml";

/** Knows the aliases of a document. */
export class AliasTargets {
  readonly #yaml: typeof import("yaml");
  readonly #document: Document;
  #targets: Map<Alias, Node> | undefined;

  constructor(yaml: typeof import("yaml"), document: Document) {
    this.#yaml = yaml;
    this.#document = document;
  }

  /** The last node before the alias that has its anchor; `undefined` where there is none. */
  of(alias: Alias): Node | undefined {
    this.#targets ??= this.#find();
    return this.#targets.get(alias);
  }

  #find(): Map<Alias, Node> {
    const anchors = new Map<string, Node>();
    const targets = new Map<Alias, Node>();
    this.#yaml.visit(this.#document, {
      Node: (_, node) => {
        if (this.#yaml.isAlias(node)) {
          const target = anchors.get(node.source);
          if (target !== undefined) targets.set(node, target);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
    return targets;
  }
}
