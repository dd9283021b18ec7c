/** @module One process, or rather one program that it ran: Tetragon gives each `execve` an id of its own. */

import { formatFlags, type ProcessFlags } from "./flags.ts";
import { flat } from "./flat.ts";

/** What a program image is. A clone shares its parent's until it executes one. */
export interface ProcessImage {
  readonly uid: number;
  readonly cwd: string;
  readonly binary: string;
  readonly arguments: string;
  readonly auid: number;
  /** First 31 characters of the container's id, or empty. */
  readonly docker: string;
  /** JSON members that options add, each with a comma before it: `cap` and `ns`, ... */
  readonly capabilitiesJson: string;
  /** ... `process_credentials`, ... */
  readonly credentialsJson: string;
  /** ... `user`, ... */
  readonly userJson: string;
  /** ... `environment_variables`. */
  readonly environmentJson: string;
}

/** The image of a process that nothing is known of. */
export const UNKNOWN_IMAGE: ProcessImage = {
  uid: 0,
  cwd: "",
  binary: "",
  arguments: "",
  auid: 0xffffffff,
  docker: "",
  capabilitiesJson: "",
  credentialsJson: "",
  userJson: "",
  environmentJson: "",
};

/** Ancestors beyond the parent that events have and the table holds: a process that executes on and on adds one each time. */
export const MAX_ANCESTORS = 64;

/** Where a process stands and since when. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, nanoseconds since boot: with `pid`, its name in the kernel. */
  readonly processStart: bigint;
  readonly execId: string;
  readonly parentExecId: string;
  /** When this image began, RFC 3339. */
  readonly startTime: string;
  readonly flags: ProcessFlags;
  readonly image: ProcessImage;
}

/** What `btoa` takes without a copy: every node name that DNS would take. */
const ASCII = /^[\0-\x7f]*$/;

/** `exec_id`: base64 of `node:ktime:pid`. */
export function execId(nodeName: string, time: bigint, pid: number): string {
  const text = `${nodeName}:${time}:${pid}`;
  // Twice for each process: a buffer would cost several times as much.
  return ASCII.test(nodeName) ? btoa(text) : Buffer.from(text).toString("base64");
}

function optional(name: string, value: string): string {
  return value === "" ? "" : `,"${name}":${JSON.stringify(value)}`;
}

/** A process in the table. The JSON of a parent is written once; only `refcnt` is put in each time. */
export class Process {
  readonly identity: ProcessIdentity;
  /** The process that began this one, or the image that it had before; `undefined` when that is not known. */
  parent: Process | undefined;
  /** Itself while it runs, and each process that has it as its parent. */
  references = 1;
  /** Whether the kernel may still have it run. */
  isLive = true;
  #head: string | undefined;
  #tail = "";

  constructor(identity: ProcessIdentity, parent: Process | undefined) {
    this.identity = identity;
    this.parent = parent;
  }

  /** Whether this entry is the process that `pid` and `start` name. procfs knows a start to 10 ms only. */
  isSameAs(processStart: bigint): boolean {
    const own = this.identity.processStart;
    return own === processStart || own / PROCFS_TICK === processStart / PROCFS_TICK;
  }

  /**
   * The process as JSON, in Tetragon's order of members.
   * @param tid The thread that the event is about.
   * @param binaryProperties Members that only its own `process_exec` has, each with a comma before it.
   */
  toJson(tid: number = this.identity.pid, binaryProperties = ""): string {
    const head = this.#head ?? this.#write();
    // Many processes have no children, and are told of twice: that is not worth the memory.
    if (this.references > 1 && this.#head === undefined) this.#head = flat(head);
    const { capabilitiesJson, credentialsJson } = this.identity.image;
    return (
      `${head},"refcnt":${this.references}${capabilitiesJson},"tid":${tid}` +
      `${credentialsJson}${binaryProperties}${this.#tail}`
    );
  }

  #write(): string {
    const { pid, image, flags, startTime, execId, parentExecId } = this.identity;
    const { what, container } = writeImage(image);
    this.#tail = `${image.userJson},"in_init_tree":${flags.inInitTree === true}${image.environmentJson}}`;
    return (
      `{"exec_id":"${execId}","pid":${pid},"uid":${image.uid}${what}` +
      `${optional("flags", formatFlags(flags))},"start_time":"${startTime}","auid":${image.auid}` +
      `${container},"parent_exec_id":"${parentExecId}"`
    );
  }
}

/** Members of a process that come from its image alone, each with a comma before it. */
interface ImageText {
  readonly what: string;
  readonly container: string;
}

/** Images are shared by processes and told of at least twice. */
const imageTexts = new WeakMap<ProcessImage, ImageText>();

function writeImage(image: ProcessImage): ImageText {
  const known = imageTexts.get(image);
  if (known !== undefined) return known;
  const { cwd, binary, docker } = image;
  const text: ImageText = {
    what: flat(optional("cwd", cwd) + optional("binary", binary) + optional("arguments", image.arguments)),
    container: optional("docker", docker),
  };
  imageTexts.set(image, text);
  return text;
}

/** Resolution of start times in procfs: `1 / USER_HZ` seconds, which is 10 ms on every Linux. */
export const PROCFS_TICK = 10_000_000n;
