/**
 * @module Compiles valibot schemas into validators.
 *
 * `v.is` builds a copy and a dataset for every field of every message, which costs more than `JSON.parse`. The
 * code made here reads the known fields and nothing else. It is generated from the schema objects themselves,
 * so there is one truth; a property test holds both equal. A schema that is not understood is an error at
 * start, never a silent pass.
 */
import type * as v from "valibot";

/** A schema that the compiler accepts: it neither transforms nor waits. */
type Schema = v.GenericSchema;

/** What the compiler reads of a schema or an action; which of these are there depends on `type`. */
type Node = {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly Node[];
  readonly wrapped?: Node;
  readonly default?: unknown;
  readonly item?: Node;
  readonly key?: Node;
  readonly value?: Node;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly literal?: unknown;
  readonly check?: unknown;
  readonly requirement?: unknown;
};

/** Schemas of which valibot hands a copy to the next item of a pipe. */
const COPIED = new Set(["loose_object", "record", "array"]);

/** Collects the functions of one validator: one for each object, record and array schema. */
class Generator {
  readonly #functions: string[] = [];
  readonly #names = new Map<Node, string>();
  /** Values that the generated code refers to by name: `k0`, `k1`, ... */
  readonly constants: unknown[] = [];

  /** The source of the function that validates `root`. */
  source(root: Node): string {
    const test = this.#test(root, "x");
    return `"use strict";\n${this.#functions.join("\n")}\nreturn (x) => ${test};`;
  }

  /** An expression that is true when the value of the expression `x` is valid; `x` is a name. */
  #test(node: Node, x: string): string {
    if (node.pipe !== undefined) return this.#pipeTest(node.pipe, x);
    switch (node.type) {
      case "string":
      case "boolean":
        return `typeof ${x} === "${node.type}"`;
      case "number":
        return `typeof ${x} === "number" && ${x} === ${x}`;
      case "literal":
        return `${x} === ${this.#constant(node.literal)}`;
      case "custom":
        return `${this.#constant(node.check)}(${x})`;
      case "nullish":
        return `(${x} == null || ${this.#test(this.#wrapped(node), x)})`;
      case "optional":
        return `(${x} === undefined || ${this.#test(this.#wrapped(node), x)})`;
      case "loose_object":
      case "record":
      case "array":
        return `${this.#function(node)}(${x})`;
      default:
        throw new TypeError(`Cannot compile schema: found type "${node.type}", which the compiler lacks`);
    }
  }

  #pipeTest(pipe: readonly Node[], x: string): string {
    const tests: string[] = [];
    for (const [i, item] of pipe.entries()) {
      if (item.kind === "metadata") continue;
      const before = pipe[i - 1];
      if (before !== undefined && COPIED.has(before.type)) {
        throw new TypeError(
          `Cannot compile pipe: "${item.type}" follows "${before.type}", which copies its input`,
        );
      }
      if (item.kind === "schema") tests.push(this.#test(item, x));
      else if (item.type === "check") tests.push(`${this.#constant(item.requirement)}(${x})`);
      else throw new TypeError(`Cannot compile pipe: found action "${item.type}", which the compiler lacks`);
    }
    return tests.join(" && ");
  }

  #wrapped(node: Node): Node {
    if (node.default !== undefined) {
      throw new TypeError(
        `Cannot compile schema: found "${node.type}" with a default, which the compiler lacks`,
      );
    }
    return node.wrapped!;
  }

  #constant(value: unknown): string {
    let index = this.constants.indexOf(value);
    if (index < 0) index = this.constants.push(value) - 1;
    return `k${index}`;
  }

  /** The name of the function that validates `node`; it is generated where it is first asked for. */
  #function(node: Node): string {
    let name = this.#names.get(node);
    if (name === undefined) {
      name = `f${this.#names.size}`;
      this.#names.set(node, name);
      this.#functions.push(`function ${name}(o) {\n${this.#body(node)}  return true;\n}`);
    }
    return name;
  }

  #body(node: Node): string {
    if (node.type === "array") {
      return `  if (!Array.isArray(o)) return false;
  for (let i = 0, n = o.length; i < n; i++) {
    const x = o[i];
    if (!(${this.#test(node.item!, "x")})) return false;
  }
`;
    }
    const isObject = `  if (typeof o !== "object" || o === null) return false;\n`;
    if (node.type === "record") return isObject + this.#recordBody(node);
    return `${isObject}  let x;\n${Object.entries(node.entries!)
      .map(([name, entry]) => this.#entryBody(name, entry))
      .join("")}`;
  }

  #entryBody(name: string, entry: Node): string {
    const key = JSON.stringify(name);
    const isRequired = entry.type !== "nullish" && entry.type !== "optional";
    const presence = isRequired ? `${key} in o && ` : "";
    return `  x = o[${key}];\n  if (!(${presence}${this.#test(entry, "x")})) return false;\n`;
  }

  /** valibot never looks at keys that could reach a prototype. */
  #recordBody(node: Node): string {
    if (node.key!.type !== "string" || node.key!.pipe !== undefined) {
      throw new TypeError(`Cannot compile record: found key type "${node.key!.type}", needs "string"`);
    }
    return `  for (const key in o) {
    const x = o[key];
    if (!(${this.#test(node.value!, "x")})
      && Object.hasOwn(o, key) && key !== "__proto__" && key !== "prototype" && key !== "constructor") return false;
  }
`;
  }
}

/**
 * Compiles `schema` into a function that says whether a value is valid: the same answer as `v.is`, for values
 * as `JSON.parse` makes them.
 * @throws TypeError when the schema has a part that the compiler does not know.
 */
export function compileValidator(schema: Schema): (value: unknown) => boolean {
  const generator = new Generator();
  const source = generator.source(schema as unknown as Node);
  const names = generator.constants.map((_, i) => `k${i}`);
  return new Function(...names, source)(...generator.constants) as (value: unknown) => boolean;
}
