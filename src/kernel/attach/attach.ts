/** @module Attaches a loaded program in the way that its kind is attached. */
import { constants, openSync } from "node:fs";
import { kprobeMultiLink, linkCreate, rawTracepointOpen, uprobeMultiLink } from "../../os/bpf/index.ts";
import { Descriptor } from "../../os/descriptor.ts";
import { descriptorPath } from "../../os/perf-event.ts";
import { SocketProgram } from "../../os/socket-program.ts";
import {
  type AttachTarget,
  type AttachTargets,
  type KindDescription,
  PROGRAM_KINDS,
  type ProgramKind,
} from "./kind.ts";
import { type Attachment, Link } from "./link.ts";
import { attachToEvent, kprobeEvent, tracepointEvent, uprobeEvent } from "./perf.ts";
import { attachAtReturn } from "./return-probe.ts";

type Way = keyof AttachTargets;

/** How programs are attached, by the way in which that is done. */
const WAYS: {
  readonly [W in Way]: (fd: number, target: AttachTargets[W], kind: KindDescription) => Attachment;
} = {
  btf: (fd) => linked(rawTracepointOpen(fd)),
  raw_tracepoint: (fd, name) => linked(rawTracepointOpen(fd, name)),
  tracepoint: (fd, target) => attachToEvent(fd, tracepointEvent(target)),
  kprobe: (fd, target, kind) =>
    kind.isReturn === true
      ? attachAtReturn(fd, target)
      : attachToEvent(fd, kprobeEvent(target, false), target.cookie),
  kprobe_multi: (fd, target, kind) => linked(kprobeMultiLink(fd, target, kind.isReturn === true)),
  uprobe: (fd, target, kind) => attachToEvent(fd, uprobeEvent(target, kind.isReturn === true), target.cookie),
  uprobe_multi: (fd, { path, descriptor, pid = 0, ...places }, kind) => {
    const file = descriptor === undefined ? path : descriptorPath(descriptor);
    return linked(uprobeMultiLink(fd, { ...places, path: file, pid, isReturn: kind.isReturn === true }));
  },
  cgroup: (fd, { directory }, kind) => {
    using cgroup = new Descriptor(openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY));
    return linked(linkCreate(fd, cgroup.fd, kind.expectedAttachType!));
  },
  socket: (fd, socket) => ({ owned: [new SocketProgram(socket.fd, fd)] }),
};

function linked(fd: number): Attachment {
  const link = new Descriptor(fd);
  return { owned: [link], link };
}

/** Says what a program is attached to. */
const WORDS: { readonly [W in Way]: (target: AttachTargets[W]) => string } = {
  btf: () => "",
  raw_tracepoint: (name) => `tracepoint "${name}"`,
  tracepoint: ({ category, name }) => `tracepoint "${category}/${name}"`,
  kprobe: ({ symbol }) => `kernel function "${symbol}"`,
  kprobe_multi: ({ symbols }) => `${symbols.length} kernel functions`,
  uprobe: ({ path, offset }) => `"${path}" at ${offset}`,
  uprobe_multi: ({ path, offsets }) => `"${path}" at ${offsets.length} places`,
  cgroup: ({ directory }) => `cgroup "${directory}"`,
  socket: ({ fd }) => `socket ${fd}`,
};

/** What a program of that kind is attached to, in words. */
export function describeTarget<K extends ProgramKind>(kind: K, target: AttachTarget<K>): string {
  return (WORDS[PROGRAM_KINDS[kind].attach] as (target: AttachTarget<K>) => string)(target);
}

/**
 * Attaches a program.
 * @param at What to, and that in words.
 * @throws SystemCallError, or the system's error when a file is missing that says where.
 */
export function attachProgram<K extends ProgramKind>(
  kind: K,
  fd: number,
  { target, where }: { readonly target: AttachTarget<K>; readonly where: string },
): Link {
  const description: KindDescription = PROGRAM_KINDS[kind];
  const attach = WAYS[description.attach] as (
    fd: number,
    target: AttachTarget<K>,
    kind: KindDescription,
  ) => Attachment;
  return new Link(where, attach(fd, target, description));
}
