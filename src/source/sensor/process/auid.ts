/** @module The login user id. */

/** `AUDIT_UID_UNSET` of `<linux/audit.h>`: nobody has logged in. */
export const UNSET_UID = 0xffffffff;
