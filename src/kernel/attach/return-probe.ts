/**
 * @module The event of where a function returns, for many calls at a time. By itself the kernel follows ten calls of a function,
 * or two for each processor: while ten threads sleep in it, no return of it is seen any more, whoever calls. Only an event that
 * tracefs names may follow more (`MAXACTIVE` in the kernel's `Documentation/trace/kprobetrace.rst`).
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { PERF_TYPE_TRACEPOINT, type PerfEvent } from "../../os/perf-event.ts";
import { findTracefs } from "../tracepoint/index.ts";
import type { AttachTargets } from "./kind.ts";
import type { Attachment } from "./link.ts";
import { attachToEvent, kprobeEvent } from "./perf.ts";

/** Calls of a function that are followed at a time; each takes some hundred bytes. */
const MOST_CALLS = 1024;
/** The same of one of many functions that a program is attached to. */
const MOST_CALLS_OF_MANY = 128;
/** What our names are in. */
const GROUP = "tetrad";
/** A line of `kprobe_events`, as the kernel writes it, that is one of ours. */
const OURS = /^r\d*:tetrad\/(p\d+_\d+) /gm;

let nextName = 1;
let hasCleared = false;

/** Attaches a program to where a function returns. */
export function attachAtReturn(programFd: number, target: AttachTargets["kprobe"]): Attachment {
  const named = NamedReturnProbe.open(
    target.symbol,
    target.cookie === undefined ? MOST_CALLS : MOST_CALLS_OF_MANY,
  );
  if (named !== undefined) {
    try {
      const { owned, link } = attachToEvent(programFd, named.event, target.cookie);
      return { owned: [...owned, named], link };
    } catch {
      named[Symbol.dispose]();
    }
  }
  return attachToEvent(programFd, kprobeEvent(target, true), target.cookie);
}

/** A name for an event, which is taken away again when this is disposed of, as far as nobody uses it. */
class NamedReturnProbe implements Disposable {
  readonly event: PerfEvent;
  readonly #path: string;
  readonly #name: string;

  private constructor(path: string, name: string, event: PerfEvent) {
    this.#path = path;
    this.#name = name;
    this.event = event;
  }

  /** @returns `undefined` where the kernel has no such names, or the agent may not make one. */
  static open(symbol: string, calls: number): NamedReturnProbe | undefined {
    const tracefs = findTracefs();
    if (tracefs === undefined) return undefined;
    const path = `${tracefs}/kprobe_events`;
    const name = `p${process.pid}_${nextName++}`;
    try {
      clearOld(path);
      append(path, `r${calls}:${GROUP}/${name} ${symbol}\n`);
      const id = readFileSync(`${tracefs}/events/${GROUP}/${name}/id`, "latin1");
      return new NamedReturnProbe(path, name, { type: PERF_TYPE_TRACEPOINT, config: BigInt(id.trim()) });
    } catch {
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    remove(this.#path, this.#name);
  }
}

/** Takes away, once, what agents have left that were killed: their programs are gone, names stay. */
function clearOld(path: string): void {
  if (hasCleared) return;
  hasCleared = true;
  for (const [, name] of readFileSync(path, "latin1").matchAll(OURS)) remove(path, name!);
}

function remove(path: string, name: string): void {
  try {
    append(path, `-:${GROUP}/${name}\n`);
  } catch {
    // Somebody else uses it: another agent, or a policy that goes on without one.
  }
}

/** Without `O_APPEND` the kernel would take away the events of everybody. */
function append(path: string, line: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}
