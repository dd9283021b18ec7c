/** @module The record of a process that is moved into the scope. */
import { defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** Times are nanoseconds of `CLOCK_BOOTTIME`. A process is known by its `pid` and `start_time`. */
export const moveRecord = defineRecord({ kind: "u32", pid: "u32", start_time: "u64" }, {});

/** A move, read in place. */
export type MoveView = ViewOf<typeof moveRecord>;
