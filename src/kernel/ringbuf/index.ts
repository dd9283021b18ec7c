/** @module The ring buffer between programs and the agent. */
export { RECORD_HEADER_SIZE, type RecordHandler, RingBuffer, type RingFault } from "./ring-buffer.ts";
