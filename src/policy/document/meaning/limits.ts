/** @module Bounds that the reader and the definitions for API servers share. */
import type { ValueOperator } from "../schema/selector.ts";

/** The last real-time signal of Linux. */
export const LAST_SIGNAL = 64;
/** Minus `MAX_ERRNO` of `<linux/err.h>` */
export const LEAST_ERROR = -4095;

/** Operators that take no values. */
export const UNVALUED_OPERATORS: readonly ValueOperator[] = [
  "SPortPriv",
  "NotSportPriv",
  "DPortPriv",
  "NotDPortPriv",
  "CapabilitiesGained",
];
