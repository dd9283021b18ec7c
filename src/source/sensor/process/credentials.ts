/** @module Credentials, capabilities and the properties of a privileged or unlinked binary, as Tetragon's JSON. */

import { CapabilitiesType, SecureBitsType } from "../../../event/description/index.ts";

/** Names of capabilities by number. */
const CAPABILITIES = Object.keys(CapabilitiesType);

/** `SECBIT_*` by bit. */
const SECURE_BITS = Object.keys(SecureBitsType).filter((name) => name !== "SecBitNotSet");

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
const capabilityLists = new Map<bigint, string>();
const MAX_CACHED_LISTS = 256;

function capabilityList(set: bigint): string {
  let list = capabilityLists.get(set);
  if (list === undefined) {
    list = JSON.stringify(CAPABILITIES.filter((_, bit) => (set >> BigInt(bit)) & 1n));
    if (capabilityLists.size < MAX_CACHED_LISTS) capabilityLists.set(set, list);
  }
  return list;
}

/** The member `cap`, a comma before it. Sets that are empty are left out, as protobuf does. */
export function capabilitiesJson(credentials: Credentials): string {
  const members: string[] = [];
  for (const name of ["permitted", "effective", "inheritable"] as const) {
    const set = credentials[`cap_${name}`];
    if (set !== 0n) members.push(`"${name}":${capabilityList(set)}`);
  }
  return `,"cap":{${members.join(",")}}`;
}

/** The member `process_credentials`, a comma before it. */
export function credentialsJson(credentials: Credentials): string {
  const { uid, gid, euid, egid, suid, sgid, fsuid, fsgid, securebits } = credentials;
  const bits = SECURE_BITS.filter((_, bit) => (securebits >>> bit) & 1);
  const ids = JSON.stringify({ uid, gid, euid, egid, suid, sgid, fsuid, fsgid });
  const members = bits.length === 0 ? ids : `${ids.slice(0, -1)},"securebits":${JSON.stringify(bits)}}`;
  return `,"process_credentials":${members}`;
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

/**
 * The member `binary_properties`, a comma before it, or nothing when the binary has none: it is not set-uid
 * or set-gid, has no file capabilities, and has a name in a directory.
 * @param path Path of the file, reported for one without links.
 */
export function binaryPropertiesJson(file: ExecutedFile, path: string): string {
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

  const members: string[] = [];
  if (isSetuid) members.push(`"setuid":${file.euid}`);
  if (isSetgid) members.push(`"setgid":${file.egid}`);
  if (reasons.length > 0) members.push(`"privileges_changed":${JSON.stringify(reasons)}`);
  if (file.inode !== 0n && file.nlink === 0) {
    members.push(
      `"file":{"inode":{"number":"${file.inode}","links":${file.nlink}},"path":${JSON.stringify(path)}}`,
    );
  }
  return members.length === 0 ? "" : `,"binary_properties":{${members.join(",")}}`;
}
