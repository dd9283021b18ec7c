/** @module Parses CEL expressions (github.com/google/cel-spec, Syntax), macros included. */
import type { ComprehensionName, Expression } from "./ast.ts";
import { CelCompileError } from "./error.ts";
import { type Token, tokenize } from "./lexer.ts";
import { MAX_INT64 } from "./value.ts";

/** Levels of nesting; cel-go's default too. */
const MAX_DEPTH = 250;
/** Operators in a row; each makes the tree one level deeper. */
const MAX_CHAIN = 500;
/** UTF-16 units of an expression; cel-go's default is as many code points. */
const MAX_LENGTH = 100_000;

/** Words that are not identifiers. They may be fields: `process_kprobe.return`. */
const RESERVED: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop package namespace null return true var void while".split(
    " ",
  ),
);

/** Binary operators by precedence, loosest first; all are left-associative. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["<", "<=", ">=", ">", "==", "!=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Macro names to the number of arguments that they take. */
const MACROS: Readonly<Record<ComprehensionName, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  map: [2, 3],
  filter: [2],
};

/** Parses `source`. @throws CelCompileError */
export function parseCel(source: string): Expression {
  if (source.length > MAX_LENGTH)
    throw new CelCompileError(`needs at most ${MAX_LENGTH} characters`, MAX_LENGTH);
  return new Parser(tokenize(source)).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#expression();
    if (this.#peek().kind !== "end") this.#fail("an operator or the end");
    return expression;
  }

  #expression(): Expression {
    return this.#nested(() => {
      const condition = this.#binary(0);
      const { offset } = this.#peek();
      if (!this.#take("?")) return condition;
      const yes = this.#binary(0);
      this.#expect(":");
      return { kind: "call", name: "?:", args: [condition, yes, this.#expression()], offset };
    });
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    let length = 0;
    for (let token = this.#peek(); isOperator(token, operators); token = this.#peek()) {
      if (++length > MAX_CHAIN) this.#failChain();
      this.#position++;
      left = { kind: "call", name: token.text, args: [left, this.#binary(level + 1)], offset: token.offset };
    }
    return left;
  }

  #unary(): Expression {
    const token = this.#peek();
    if (token.kind !== "operator" || (token.text !== "!" && token.text !== "-")) return this.#member();
    this.#position++;
    const literal = this.#peek().literal;
    if (token.text === "-" && (literal?.type === "int" || literal?.type === "double")) {
      return this.#member({ ...token, isNegative: true });
    }
    return this.#nested(() => {
      const name = token.text === "-" ? "-_" : "!";
      return { kind: "call", name, args: [this.#unary()], offset: token.offset };
    });
  }

  #member(sign?: Token & { isNegative: true }): Expression {
    let operand = sign === undefined ? this.#primary() : this.#negativeNumber(sign.offset);
    for (let length = 0; ; length++) {
      const { offset } = this.#peek();
      if (length > MAX_CHAIN) this.#failChain();
      if (this.#take(".")) operand = this.#selectOrCall(operand, offset);
      else if (this.#take("[")) {
        const index = this.#expression();
        this.#expect("]");
        operand = { kind: "call", name: "[]", args: [operand, index], offset };
      } else if (this.#peek().text === "{" && this.#peek().kind === "operator") {
        throw new CelCompileError("message literals are not supported, needs an operator or the end", offset);
      } else return operand;
    }
  }

  #selectOrCall(operand: Expression, offset: number): Expression {
    const token = this.#peek();
    if (token.kind !== "identifier") this.#fail("a field name");
    this.#position++;
    if (!this.#take("(")) return { kind: "select", operand, field: token.text, offset };
    const args = this.#list(")");
    return (
      this.#macro(token, operand, args) ?? {
        kind: "call",
        name: token.text,
        target: operand,
        args,
        offset: token.offset,
      }
    );
  }

  #macro({ text, offset }: Token, range: Expression, args: readonly Expression[]): Expression | undefined {
    if (!Object.hasOwn(MACROS, text)) return undefined;
    const name = text as ComprehensionName;
    if (!MACROS[name].includes(args.length)) return undefined;
    const [variable, second, third] = args;
    if (variable?.kind !== "identifier") {
      throw new CelCompileError(
        `${name}() needs a plain name as its first argument`,
        variable?.offset ?? offset,
      );
    }
    const condition = name === "map" && third === undefined ? undefined : second;
    const transform = name === "map" ? (third ?? second) : undefined;
    return { kind: "comprehension", name, range, variable: variable.name, condition, transform, offset };
  }

  #primary(): Expression {
    const token = this.#peek();
    const { offset, text } = token;
    if (token.literal !== undefined) return this.#number(token);
    this.#position++;
    if (token.kind === "operator") {
      switch (text) {
        case "(": {
          const inner = this.#expression();
          this.#expect(")");
          return inner;
        }
        case "[":
          return { kind: "list", items: this.#list("]"), offset };
        case "{":
          return { kind: "map", entries: this.#mapEntries(), offset };
        case ".":
          return this.#identifierOrCall(".");
      }
    }
    this.#position--;
    return this.#identifierOrCall("");
  }

  #identifierOrCall(root: string): Expression {
    const token = this.#peek();
    const { offset, text } = token;
    if (token.kind !== "identifier") this.#fail("an expression");
    this.#position++;
    if (root === "") {
      if (text === "true" || text === "false") {
        return { kind: "literal", literal: { type: "bool", value: text === "true" }, offset };
      }
      if (text === "null") return { kind: "literal", literal: { type: "null" }, offset };
    }
    if (RESERVED.has(text)) {
      throw new CelCompileError(`found the reserved word "${text}", needs an expression`, offset);
    }
    if (!this.#take("(")) return { kind: "identifier", name: root + text, offset };
    const args = this.#list(")");
    if (text !== "has" || args.length !== 1) return { kind: "call", name: text, args, offset };
    const [field] = args;
    if (field?.kind !== "select") throw new CelCompileError("has() needs a field such as a.b", field!.offset);
    return { ...field, kind: "has" };
  }

  /** A number that follows a minus: only so the least 64-bit integer can be written. */
  #negativeNumber(offset: number): Expression {
    const { literal } = this.#peek();
    this.#position++;
    if (literal?.type === "int")
      return { kind: "literal", literal: { ...literal, value: -literal.value }, offset };
    const value = literal?.type === "double" ? -literal.value : 0;
    return { kind: "literal", literal: { type: "double", value }, offset };
  }

  #number(token: Token): Expression {
    this.#position++;
    const literal = token.literal!;
    if (literal.type === "int" && literal.value > MAX_INT64) {
      throw new CelCompileError(`found ${token.text}, needs an integer of 64 bits`, token.offset);
    }
    return { kind: "literal", literal, offset: token.offset };
  }

  /** Expressions up to `closing`; a comma may come after the last one, but not in calls. */
  #list(closing: ")" | "]"): Expression[] {
    const items: Expression[] = [];
    while (!this.#take(closing)) {
      items.push(this.#expression());
      if (this.#take(",")) {
        if (closing === ")" && this.#peek().text === ")") this.#fail("an argument");
      } else if (this.#peek().text !== closing) this.#fail(`"," or "${closing}"`);
    }
    return items;
  }

  #mapEntries(): (readonly [Expression, Expression])[] {
    const entries: (readonly [Expression, Expression])[] = [];
    while (!this.#take("}")) {
      const key = this.#expression();
      this.#expect(":");
      entries.push([key, this.#expression()]);
      if (!this.#take(",") && this.#peek().text !== "}") this.#fail('"," or "}"');
    }
    return entries;
  }

  #nested(parse: () => Expression): Expression {
    if (++this.#depth > MAX_DEPTH) {
      throw new CelCompileError(`needs at most ${MAX_DEPTH} levels of nesting`, this.#peek().offset);
    }
    const expression = parse();
    this.#depth--;
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  #take(operator: string): boolean {
    const token = this.#peek();
    if (token.kind !== "operator" || token.text !== operator) return false;
    this.#position++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) this.#fail(`"${operator}"`);
  }

  #failChain(): never {
    throw new CelCompileError(`needs at most ${MAX_CHAIN} operators in a row`, this.#peek().offset);
  }

  #fail(expected: string): never {
    const { kind, text, offset } = this.#peek();
    const found = kind === "end" ? "the end" : kind === "literal" ? "a literal" : JSON.stringify(text);
    throw new CelCompileError(`found ${found}, needs ${expected}`, offset);
  }
}

function isOperator(token: Token, operators: readonly string[]): boolean {
  return (token.kind === "operator" || token.text === "in") && operators.includes(token.text);
}
