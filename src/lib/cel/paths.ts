/** @module Which fields an expression looks at. */
import type { Expression } from "./ast.ts";
import type { MessageField, MessageType } from "./value.ts";

/** Names from a variable of the environment to a field, the variable's first. */
export type FieldPath = readonly string[];

/**
 * The fields of `variables` that `expression` may look at. A path ends where it leads to a list, a map or a message as a
 * whole: what is looked at in there is not followed.
 */
export function pathsOf(
  expression: Expression,
  variables: ReadonlyMap<string, MessageType>,
): readonly FieldPath[] {
  const paths: FieldPath[] = [];
  const visit = (node: Expression): void => {
    const names = chainOf(node);
    // A variable of a macro may have the name of one of the environment's: a path too many does no harm.
    const message = names && variables.get(names[0]!);
    if (message !== undefined) paths.push([names![0]!, ...fieldsOf(message, names!.slice(1))]);
    else for (const part of partsOf(node)) visit(part);
  };
  visit(expression);
  return paths;
}

/** The names of `a.b.c` or `has(a.b.c)`. */
function chainOf(node: Expression): string[] | undefined {
  if (node.kind === "identifier") return [node.name.startsWith(".") ? node.name.slice(1) : node.name];
  if (node.kind !== "select" && node.kind !== "has") return undefined;
  const names = chainOf(node.operand);
  names?.push(node.field);
  return names;
}

/** The names up to the first field that is no message. */
function fieldsOf(message: MessageType, names: readonly string[]): string[] {
  const fields: string[] = [];
  let within: MessageType | undefined = message;
  for (const name of names) {
    if (within === undefined) break;
    fields.push(name);
    const field: MessageField | undefined = within.fields.get(name);
    within = field?.type.kind === "message" ? field.type.message : undefined;
  }
  return fields;
}

function partsOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "literal":
    case "identifier":
      return [];
    case "select":
    case "has":
      return [node.operand];
    case "call":
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case "list":
      return node.items;
    case "map":
      return node.entries.flat();
    case "comprehension":
      return [node.range, node.condition, node.transform].filter((part) => part !== undefined);
  }
}
