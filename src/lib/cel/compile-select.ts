/** @module Fields of messages and entries of maps: `a.b`, `has(a.b)`, `a[b]`. */
import { CelCompileError, CelEvaluationError } from "./error.ts";
import type { Compiled } from "./frame.ts";
import { isFieldSet, readField } from "./message.ts";
import { noSuchOverload } from "./operators.ts";
import { BOOL, DYN, formatType } from "./type.ts";
import { MapValue, type MessageField, MessageValue, type Type, UintValue, type Value } from "./value.ts";

/** Compiles `operand.field`. @throws CelCompileError */
export function compileField({ type, evaluate }: Compiled, field: string, offset: number): Compiled {
  switch (type.kind) {
    case "message": {
      const messageField = fieldOf(type, field, offset);
      return {
        type: messageField.type,
        evaluate: (frame) => readField(evaluate(frame) as MessageValue, field, messageField),
      };
    }
    case "map":
      return { type: type.value, evaluate: (frame) => selectFrom(evaluate(frame), field) };
    case "dyn":
      return { type: DYN, evaluate: (frame) => selectFrom(evaluate(frame), field) };
  }
  throw new CelCompileError(`type ${formatType(type)} has no field "${field}"`, offset);
}

/** Compiles `has(operand.field)`. @throws CelCompileError */
export function compileHas({ type, evaluate }: Compiled, field: string, offset: number): Compiled {
  if (type.kind === "message") fieldOf(type, field, offset);
  else if (type.kind !== "map" && type.kind !== "dyn") {
    throw new CelCompileError(`type ${formatType(type)} has no fields`, offset);
  }
  return {
    type: BOOL,
    evaluate: (frame) => {
      const operand = evaluate(frame);
      if (operand instanceof MapValue) return operand.get(field) !== undefined;
      if (!(operand instanceof MessageValue)) return noSuchOverload();
      const messageField = operand.type.fields.get(field);
      if (messageField === undefined) throw new CelEvaluationError(`no such field: ${field}`);
      return isFieldSet(operand, field, messageField);
    },
  };
}

function fieldOf(type: Type & { kind: "message" }, field: string, offset: number): MessageField {
  const messageField = type.message.fields.get(field);
  if (messageField === undefined) {
    throw new CelCompileError(`${formatType(type)} has no field "${field}"`, offset);
  }
  return messageField;
}

function selectFrom(operand: Value, field: string): Value {
  if (operand instanceof MapValue) {
    const value = operand.get(field);
    if (value === undefined) throw new CelEvaluationError(`no such key: ${field}`);
    return value;
  }
  if (!(operand instanceof MessageValue)) return noSuchOverload();
  const messageField = operand.type.fields.get(field);
  if (messageField === undefined) throw new CelEvaluationError(`no such field: ${field}`);
  return readField(operand, field, messageField);
}

/** `container[key]` of values. @throws CelEvaluationError when there is nothing, or `container` cannot be indexed */
export function index(container: Value, key: Value): Value {
  if (container instanceof MapValue) {
    const value = container.get(key);
    if (value === undefined) throw new CelEvaluationError("no such key");
    return value;
  }
  if (!Array.isArray(container)) {
    return container instanceof MessageValue && typeof key === "string"
      ? selectFrom(container, key)
      : noSuchOverload();
  }
  const position = key instanceof UintValue ? key.value : key;
  if (typeof position !== "bigint" && typeof position !== "number") return noSuchOverload();
  const value = container[Number(position)];
  if (value === undefined) throw new CelEvaluationError("index out of bounds");
  return value;
}
