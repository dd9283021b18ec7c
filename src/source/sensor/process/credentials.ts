/** @module Credentials, capabilities and what there is to say of a privileged or unlinked binary, as Tetragon has them. */

import { capabilityNames, secureBitNames } from "../../../event/privilege-names.ts";

/** Ids and sets of a process. Sets have a bit for each capability. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly euid: number;
  readonly egid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly fsuid: number;
  readonly fsgid: number;
  readonly securebits: number;
  readonly cap_permitted: bigint;
  readonly cap_effective: bigint;
  readonly cap_inheritable: bigint;
}

/** Few different sets occur, and each is long. */
const capabilityLists = new Map<bigint, readonly string[]>();
const MAX_CACHED_LISTS = 256;
/** Lists as JSON, as long as something refers to them. */
const listTexts = new WeakMap<readonly string[], string>();

function capabilityList(set: bigint): readonly string[] {
  let list = capabilityLists.get(set);
  if (list === undefined) {
    list = capabilityNames(set);
    if (capabilityLists.size < MAX_CACHED_LISTS) capabilityLists.set(set, list);
  }
  return list;
}

function listText(list: readonly string[]): string {
  let text = listTexts.get(list);
  if (text === undefined) {
    text = JSON.stringify(list);
    listTexts.set(list, text);
  }
  return text;
}

/** `cap` of a process. Sets that are empty are left out, as protobuf does. */
export interface CapabilitySets {
  permitted?: readonly string[];
  effective?: readonly string[];
  inheritable?: readonly string[];
}

const SETS = ["permitted", "effective", "inheritable"] as const;

/** `cap` of a process that has these. */
export function capabilitySets(credentials: Credentials): CapabilitySets {
  const value: CapabilitySets = {};
  for (const name of SETS) {
    const set = credentials[`cap_${name}`];
    if (set !== 0n) value[name] = capabilityList(set);
  }
  return value;
}

/** The member `cap`, a comma before it. */
export function capabilitiesJson(sets: CapabilitySets): string {
  const members: string[] = [];
  for (const name of SETS) {
    const list = sets[name];
    if (list !== undefined) members.push(`"${name}":${listText(list)}`);
  }
  return `,"cap":{${members.join(",")}}`;
}

/** `process_credentials` of a process. */
export interface CredentialsValue {
  readonly uid: number;
  readonly gid: number;
  readonly euid: number;
  readonly egid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly fsuid: number;
  readonly fsgid: number;
  readonly securebits?: readonly string[];
}

/** `process_credentials` of a process that has these. */
export function credentialsOf(credentials: Credentials): CredentialsValue {
  const { uid, gid, euid, egid, suid, sgid, fsuid, fsgid, securebits } = credentials;
  const bits = secureBitNames(securebits);
  const ids = { uid, gid, euid, egid, suid, sgid, fsuid, fsgid };
  return bits.length === 0 ? ids : { ...ids, securebits: bits };
}

/** `S_ISUID`, `S_ISGID`, `S_IXGRP` of `<linux/stat.h>` */
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o0010;

/** What the kernel showed of an executed file and of the privileges it gave. */
export interface ExecutedFile extends Credentials {
  readonly cap_ambient: bigint;
  /** The file's inode number, links, owner, and mode. */
  readonly inode: bigint;
  readonly nlink: number;
  readonly inode_uid: number;
  readonly inode_gid: number;
  readonly mode: number;
  /** 1 when the execution is one that must not trust its environment (`AT_SECURE`). */
  readonly secureexec: number;
  /**
   * Bits of the personality that the execution cleared (`PER_CLEAR_ON_SETID`): not 0 when the file is set-id, or the
   * process has gained a capability that it did not have before.
   */
  readonly per_clear: number;
}

/** `binary_properties` of a process. */
export interface BinaryProperties {
  setuid?: number;
  setgid?: number;
  privileges_changed?: readonly string[];
  file?: { readonly inode: { readonly number: string; readonly links: number }; readonly path: string };
}

/**
 * `binary_properties`, or nothing when the binary has none: it is not set-uid
 * or set-gid, has no file capabilities, and has a name in a directory.
 * @param path Path of the file, which one without links is named by.
 */
export function binaryProperties(file: ExecutedFile, path: string): BinaryProperties | undefined {
  const isSetuid = (file.mode & S_ISUID) !== 0 && file.euid === file.inode_uid && file.euid !== file.uid;
  const isSetgid =
    (file.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) &&
    file.egid === file.inode_gid &&
    file.egid !== file.gid;
  const hasGainedCapabilities =
    file.secureexec !== 0 &&
    file.per_clear !== 0 &&
    file.euid !== 0 &&
    file.euid === file.uid &&
    (file.cap_permitted & ~file.cap_ambient) !== 0n;
  const reasons: string[] = [];
  if (hasGainedCapabilities) reasons.push("PRIVILEGES_RAISED_EXEC_FILE_CAP");
  if (isSetuid && file.euid === 0) reasons.push("PRIVILEGES_RAISED_EXEC_FILE_SETUID");
  if (isSetgid && file.egid === 0) reasons.push("PRIVILEGES_RAISED_EXEC_FILE_SETGID");

  const hasNoName = file.inode !== 0n && file.nlink === 0;
  if (!isSetuid && !isSetgid && reasons.length === 0 && !hasNoName) return undefined;
  const value: BinaryProperties = {};
  if (isSetuid) value.setuid = file.euid;
  if (isSetgid) value.setgid = file.egid;
  if (reasons.length > 0) value.privileges_changed = reasons;
  if (hasNoName) value.file = { inode: { number: String(file.inode), links: file.nlink }, path };
  return value;
}
