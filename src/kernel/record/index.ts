/** @module Records that programs write and the agent reads. */
export {
  defineRecord,
  type FieldPlace,
  type Fields,
  type FieldType,
  type RecordLayout,
  type SegmentPlace,
  type Segments,
} from "./layout.ts";
export { createRecordView, type RecordCopy, type RecordView, type ViewOf } from "./view.ts";
