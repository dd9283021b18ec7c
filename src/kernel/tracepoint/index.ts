/** @module Tracepoints of the kernel: what their records look like. */
export {
  type MissingFormat,
  parseTracepointFormat,
  readTracepointFormat,
  type TracepointField,
  type TracepointFormat,
} from "./format.ts";
export { findTracefs, withTracefs } from "./tracefs.ts";
