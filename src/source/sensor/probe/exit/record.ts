/** @module The record of the end of a process. */
import { defineRecord, type ViewOf } from "../../../../kernel/record/index.ts";

/** Times are nanoseconds of `CLOCK_BOOTTIME`. A process is known by its `pid` and `start_time`. */
export const exitRecord = defineRecord(
  {
    kind: "u32",
    pid: "u32",
    time: "u64",
    start_time: "u64",
    /** `signal_struct.flags`, `group_exit_code`, and `exit_code` of the thread group's leader. */
    signal_flags: "u32",
    group_exit_code: "u32",
    leader_exit_code: "u32",
  },
  {},
);

/** An end, read in place. */
export type ExitView = ViewOf<typeof exitRecord>;
