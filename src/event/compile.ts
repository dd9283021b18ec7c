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

/** Messages of this many fields come in so many shapes that they get a copy of the code for each number of keys. */
const MANY_FIELDS = 16;

/** Whether values of `node` are objects or arrays. */
function isComposite(node: Node): boolean {
  if (node.wrapped !== undefined) return isComposite(node.wrapped);
  return node.pipe?.some((item) => COPIED.has(item.type)) ?? COPIED.has(node.type);
}

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
        return `typeof ${x} === "object" && ${x} !== null && ${this.#function(node)}(${x})`;
      case "array":
        return `Array.isArray(${x}) && ${this.#function(node)}(${x})`;
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
      this.#functions.push(this.#functionSource(node, name));
    }
    return name;
  }

  #functionSource(node: Node, name: string): string {
    if (node.type === "array") return this.#arraySource(node, name);
    if (node.type === "record") return this.#recordSource(node, name);
    const entries = Object.entries(node.entries!);
    if (entries.every(([, { type }]) => type === "nullish")) return this.#messageSource(entries, name);
    const body = entries.map(([key, entry]) => this.#requiredSource(key, entry)).join("");
    return `function ${name}(o) {\n  let x;\n${body}  return true;\n}`;
  }

  #arraySource(node: Node, name: string): string {
    return `function ${name}(o) {
  for (let i = 0, n = o.length; i < n; i++) {
    const x = o[i];
    if (!(${this.#test(node.item!, "x")})) return false;
  }
  return true;
}`;
  }

  /**
   * A message: all of its fields may be absent, and most are. Once as many fields were found as the object has
   * keys, the others need not be asked for; the likeliest go first, which are those that are no messages.
   *
   * An engine is fast at reading a property where it sees a few shapes of objects, and several times slower
   * where it sees many. Processes have a dozen shapes in one stream, few of them with as many keys as another:
   * so they have one function for each number of keys, the code of which is the same.
   */
  #messageSource(entries: readonly (readonly [string, Node])[], name: string): string {
    const isLate = ([, entry]: readonly [string, Node]): number => Number(isComposite(entry));
    const fields = entries
      .toSorted((a, b) => isLate(a) - isLate(b))
      .map(
        ([key, entry]) => `  x = o[${JSON.stringify(key)}];
  if (x !== undefined) {
    if (!(x === null || ${this.#test(this.#wrapped(entry), "x")})) return false;
    if (++found === n) return true;
  }
`,
      );
    const body = `  let found = 0;\n  let x;\n${fields.join("")}  return true;\n`;
    if (entries.length < MANY_FIELDS) {
      return `function ${name}(o) {\n  const n = Object.keys(o).length;\n${body}}`;
    }
    const copies = entries.map((_, i) => `function ${name}_${i}(o, n) {\n${body}}`);
    return `${copies.join("\n")}
const ${name}s = [${entries.map((_, i) => `${name}_${i}`).join(", ")}];
function ${name}(o) {
  const n = Object.keys(o).length;
  return ${name}s[n < ${copies.length} ? n : 0](o, n);
}`;
  }

  #requiredSource(name: string, entry: Node): string {
    const key = JSON.stringify(name);
    const isRequired = entry.type !== "nullish" && entry.type !== "optional";
    const presence = isRequired ? `${key} in o && ` : "";
    return `  x = o[${key}];\n  if (!(${presence}${this.#test(entry, "x")})) return false;\n`;
  }

  /** valibot never looks at keys that could reach a prototype. */
  #recordSource(node: Node, name: string): string {
    if (node.key!.type !== "string" || node.key!.pipe !== undefined) {
      throw new TypeError(`Cannot compile record: found key type "${node.key!.type}", needs "string"`);
    }
    return `function ${name}(o) {
  for (const key in o) {
    const x = o[key];
    if (!(${this.#test(node.value!, "x")})
      && Object.hasOwn(o, key) && key !== "__proto__" && key !== "prototype" && key !== "constructor") return false;
  }
  return true;
}`;
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
