// Generated from proto/tetragon/capabilities.proto by scripts/generate/description.ts: edit there, then run "npm run generate".
import { EnumDescriptor } from "../descriptor.ts";

/** Linux capabilities. `DAC_OVERRIDE` has no prefix in Tetragon either. */
export const CapabilitiesType = {
  CAP_CHOWN: 0,
  DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_LINUX_IMMUTABLE: 9,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_BROADCAST: 11,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_IPC_OWNER: 15,
  CAP_SYS_MODULE: 16,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_PACCT: 20,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_BOOT: 22,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
  CAP_SYS_TIME: 25,
  CAP_SYS_TTY_CONFIG: 26,
  CAP_MKNOD: 27,
  CAP_LEASE: 28,
  CAP_AUDIT_WRITE: 29,
  CAP_AUDIT_CONTROL: 30,
  CAP_SETFCAP: 31,
  CAP_MAC_OVERRIDE: 32,
  CAP_MAC_ADMIN: 33,
  CAP_SYSLOG: 34,
  CAP_WAKE_ALARM: 35,
  CAP_BLOCK_SUSPEND: 36,
  CAP_AUDIT_READ: 37,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
  CAP_CHECKPOINT_RESTORE: 40,
} as const;
export const CapabilitiesTypeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.CapabilitiesType", CapabilitiesType);

/** A process's securebits flags. */
export const SecureBitsType = {
  SecBitNotSet: 0,
  SecBitNoRoot: 1,
  SecBitNoRootLocked: 2,
  SecBitNoSetUidFixup: 4,
  SecBitNoSetUidFixupLocked: 8,
  SecBitKeepCaps: 16,
  SecBitKeepCapsLocked: 32,
  SecBitNoCapAmbientRaise: 64,
  SecBitNoCapAmbientRaiseLocked: 128,
} as const;
export const SecureBitsTypeEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.SecureBitsType", SecureBitsType);

/** Why the privileges of a process were raised when it was executed. */
export const ProcessPrivilegesChanged = {
  PRIVILEGES_CHANGED_UNSET: 0,
  PRIVILEGES_RAISED_EXEC_FILE_CAP: 1,
  PRIVILEGES_RAISED_EXEC_FILE_SETUID: 2,
  PRIVILEGES_RAISED_EXEC_FILE_SETGID: 3,
} as const;
export const ProcessPrivilegesChangedEnum = /* @__PURE__ */ new EnumDescriptor("tetragon.ProcessPrivilegesChanged", ProcessPrivilegesChanged);
