/** @module Attaches programs to perf events: tracepoints, kprobes and uprobes. */
import { readFileSync } from "node:fs";
import { isErrno, perfLink } from "../../os/bpf/index.ts";
import { Descriptor, disposeAll } from "../../os/descriptor.ts";
import {
  PERF_TYPE_TRACEPOINT,
  type PerfEvent,
  perfEventEnable,
  perfEventOpen,
  perfEventSetProgram,
  probeEvent,
} from "../../os/perf-event.ts";
import { cString } from "../../os/struct-layout.ts";
import { withTracefs } from "../tracepoint/index.ts";
import type { AttachTargets } from "./kind.ts";
import type { Attachment } from "./link.ts";

/** Where in the number of the event the counter's offset is (`PERF_UPROBE_REF_CTR_OFFSET_SHIFT` of `kernel/events/core.c`; 4.20). */
const REFERENCE_COUNTER_SHIFT = 32n;
const REFERENCE_COUNTER_BITS = 32n;

/** Names of tracepoints: nothing that leads out of the directory. */
const NAME = /^\w+$/;

/** Opens the event of a classic tracepoint. */
export function tracepointEvent({ category, name }: AttachTargets["tracepoint"]): PerfEvent {
  if (!NAME.test(category) || !NAME.test(name))
    throw new RangeError(`Cannot find tracepoint "${category}/${name}": no such name`);
  const id = withTracefs((directory) => readFileSync(`${directory}/events/${category}/${name}/id`, "latin1"));
  return { type: PERF_TYPE_TRACEPOINT, config: BigInt(id.trim()) };
}

/** The event of an instruction of the kernel, or of where a function returns. */
export function kprobeEvent({ symbol, offset = 0n }: AttachTargets["kprobe"], isReturn: boolean): PerfEvent {
  return { ...probeEvent("kprobe", isReturn), target: cString(symbol), offset };
}

/** The event of an instruction of a file, or of where a function returns. */
export function uprobeEvent(
  { path, descriptor, offset, referenceCounter = 0n, pid }: AttachTargets["uprobe"],
  isReturn: boolean,
): PerfEvent {
  if (referenceCounter >> REFERENCE_COUNTER_BITS !== 0n)
    throw new RangeError(
      `Cannot raise a counter at ${referenceCounter} of a file: it has to be within 4 GiB`,
    );
  const { type, config } = probeEvent("uprobe", isReturn);
  return {
    type,
    config: config | (referenceCounter << REFERENCE_COUNTER_SHIFT),
    ...(descriptor === undefined ? { target: cString(path) } : { descriptor }),
    offset,
    pid,
  };
}

/**
 * Attaches a program to an event.
 * @param cookie What the program is told there.
 */
export function attachToEvent(programFd: number, event: PerfEvent, cookie?: number): Attachment {
  const owned = [new Descriptor(perfEventOpen(event))];
  const { fd } = owned[0]!;
  try {
    const link = tryLink(programFd, fd, cookie);
    if (link === undefined) perfEventSetProgram(fd, programFd);
    else owned.unshift(link);
    perfEventEnable(fd);
    return { owned, link };
  } catch (error) {
    disposeAll(owned);
    throw error;
  }
}

/** A link, which shows who is attached to what; kernels before 5.15 have none for events. */
function tryLink(programFd: number, eventFd: number, cookie: number | undefined): Descriptor | undefined {
  try {
    return new Descriptor(perfLink(programFd, eventFd, cookie));
  } catch (error) {
    if (isErrno(error, "EINVAL") && cookie === undefined) return undefined;
    throw error;
  }
}
