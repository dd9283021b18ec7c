/** @module The ring buffer between programs and the agent. */
export { type RecordHandler, RingBuffer } from "./ring-buffer.ts";
