/**
 * @module CEL (cel.dev, the Common Expression Language): conditions on protobuf messages that are at hand as JSON,
 * with cel-go's standard functions and Kubernetes' `ip()` and `cidr()`, checked and compiled at start.
 *
 * What an expression may name is handed in as an {@link Environment}. Every evaluation is bounded in steps; patterns
 * run in linear time.
 *
 *     const person: MessageType = {
 *       name: "demo.Person",
 *       fields: new Map([["age", { ...SCALAR_READERS.uint32, hasPresence: false }]]),
 *     };
 *     const isAdult = compileCel("person.age >= 18u", {
 *       variables: new Map([["person", person]]),
 *       messages: new Map([[person.name, person]]),
 *       constants: new Map(),
 *       container: "demo",
 *     });
 *     isAdult({ person: { age: 21 } }); // true
 */
export type { Expression } from "./ast.ts";
export type { Environment } from "./environment.ts";
export { CelCompileError, CelEvaluationError } from "./error.ts";
export {
  enumReader,
  listReader,
  messageReader,
  type Reader,
  SCALAR_READERS,
  stringMapReader,
  wrapperReader,
} from "./message.ts";
export { parseCel } from "./parser.ts";
export { type CelProgram, compileCel } from "./program.ts";
export { StepBudget, withStepBudget } from "./step-budget.ts";
export { formatType } from "./type.ts";
export type { MessageField, MessageType, Type } from "./value.ts";
