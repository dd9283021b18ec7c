/** @module Conditions of a policy as instructions: every operator, and what is asked of the process. */
export { type ArgumentTypes, readTruth } from "./cel/typed.ts";
export type { ConditionContext } from "./context.ts";
export {
  type AddressLocation,
  type BytesLocation,
  type IntegerLocation,
  KEY_MARGIN,
  MARGIN,
  type Memory,
  type Place,
  type SocketLocation,
  type ValueLocation,
} from "./location.ts";
export { ConditionMaps, type FilledMap, fillMaps, type MapEntry } from "./maps.ts";
export type { ValueMarks } from "./marks.ts";
export { compileOperand, holdsOnUnreadable } from "./operand.ts";
