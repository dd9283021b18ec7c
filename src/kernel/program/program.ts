/** @module Programs that are ready to be loaded. */
import type { Assembly } from "../asm/index.ts";

/** A program for a BTF-typed raw tracepoint. */
export interface TracingProgram {
  /** As shown by `bpftool`. */
  readonly name: string;
  readonly tracepoint: string;
  /** The tracepoint's id in the kernel's types. */
  readonly tracepointId: number;
  readonly assembly: Assembly;
}

/** A program that runs when a process of a cgroup connects a socket. */
export interface ConnectProgram {
  /** As shown by `bpftool`. */
  readonly name: string;
  /** For IPv4 or for IPv6 sockets. */
  readonly family: 4 | 6;
  readonly assembly: Assembly;
}
