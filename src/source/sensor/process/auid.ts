/** @module The login user id. */
import { json } from "../event/json-writer.ts";

/** `AUDIT_UID_UNSET` of `<linux/audit.h>`: nobody has logged in. */
export const UNSET_UID = 0xffffffff;

/** Those that occurred: a handful of users log in. */
const members = new Map<number, Uint8Array>();
const MAX_MEMBERS = 1024;

/** The member `auid` of a process, a comma before it. */
export function auidJson(auid: number): Uint8Array {
  let member = members.get(auid);
  if (member === undefined) {
    member = json(`,"auid":${auid}`);
    if (members.size < MAX_MEMBERS) members.set(auid, member);
  }
  return member;
}
