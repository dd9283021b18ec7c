/** @module The record of a fork. */
import { defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** Times are nanoseconds of `CLOCK_BOOTTIME`. A process is known by its `pid` and `start_time`. */
export const forkRecord = defineRecord(
  {
    kind: "u32",
    pid: "u32",
    time: "u64",
    start_time: "u64",
    parent_start_time: "u64",
    parent_pid: "u32",
    /** The pid inside the process's own PID namespace, and how deep that one is nested: 0 on the host. */
    ns_pid: "u32",
    ns_level: "u32",
  },
  {},
);

/** A fork, read in place. */
export type ForkView = ViewOf<typeof forkRecord>;
