/** @module Credentials, user namespaces, capabilities. */
import { CapabilitiesType, SecureBitsType } from "../../../event/description/index.ts";
import type { Pointer } from "../../../kernel/program/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { defineReader, type ReadingView, type ReadTarget } from "./reader.ts";

/** Names by number. */
const CAPABILITIES = Object.keys(CapabilitiesType);
/** Names by bit. */
const SECURE_BITS = Object.keys(SecureBitsType).filter((name) => name !== "SecBitNotSet");

/** `PROC_USER_INIT_INO` of `<linux/proc_ns.h>`. */
const HOST_USER_NAMESPACE = 0xeffffffd;

const IDS = ["uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid"] as const;
const SETS = ["permitted", "effective", "inheritable"] as const;

const NAMESPACE_FIELDS = { level: "u32", owner: "u32", group: "u32", inum: "u32" } as const;
const CREDENTIAL_FIELDS = {
  permitted: "u64",
  effective: "u64",
  inheritable: "u64",
  uid: "u32",
  gid: "u32",
  euid: "u32",
  egid: "u32",
  suid: "u32",
  sgid: "u32",
  fsuid: "u32",
  fsgid: "u32",
  securebits: "u32",
  ...NAMESPACE_FIELDS,
} as const;

function readNamespace(target: ReadTarget<typeof NAMESPACE_FIELDS>, namespace: Pointer): void {
  target.copy("level", namespace, "level");
  target.copy("owner", namespace, "owner.val");
  target.copy("group", namespace, "group.val");
  target.copy("inum", namespace, "ns.inum");
}

function namespaceValue(view: Pick<ReadingView<typeof NAMESPACE_FIELDS>, "number">): JsonObject {
  const inum = view.number("inum");
  return {
    level: view.number("level") | 0,
    uid: view.number("owner"),
    gid: view.number("group"),
    ns: inum === HOST_USER_NAMESPACE ? { inum, is_host: true } : { inum },
  };
}

function capabilityNames(set: bigint): string[] {
  return CAPABILITIES.filter((_, bit) => (set >> BigInt(bit)) & 1n);
}

/** `struct cred *` */
const cred = defineReader({
  fields: CREDENTIAL_FIELDS,
  read(target) {
    const { builder: b } = target;
    const pointer = target.pointer("cred");
    for (const id of IDS) target.copy(id, pointer, `${id}.val`);
    for (const set of SETS) target.copy(set, pointer, `cap_${set}`);
    target.copy("securebits", pointer, "securebits");
    readNamespace(target, b.follow(pointer, "user_ns", "user_ns"));
  },
  location: () => ({}),
  value(view) {
    const members: JsonObject = Object.fromEntries(IDS.map((id) => [id, view.number(id)]));
    const bits = SECURE_BITS.filter((_, bit) => (view.number("securebits") >>> bit) & 1);
    if (bits.length > 0) members.securebits = bits;
    const caps = Object.fromEntries(
      SETS.map((set) => [set, capabilityNames(view.wide(set))] as const).filter(
        ([, names]) => names.length > 0,
      ),
    );
    members.caps = caps;
    members.user_ns = namespaceValue(view);
    return { process_credentials_arg: members };
  },
});

/** `struct user_namespace *` */
const userNamespace = defineReader({
  fields: NAMESPACE_FIELDS,
  read: (target) => readNamespace(target, target.pointer("user_namespace")),
  location: () => ({}),
  value: (view) => ({ user_ns_arg: namespaceValue(view) }),
});

/** A number of `<linux/capability.h>`. */
const capability = defineReader({
  fields: { value: "u32" },
  read(target) {
    target.builder.loadSlot("r1", target.value);
    target.store("value", "r1");
  },
  location: () => ({}),
  value(view) {
    const value = view.number("value");
    return {
      capability_arg: { ...(value === 0 ? {} : { value }), name: CAPABILITIES[value] ?? String(value) },
    };
  },
});

/** `kernel_cap_t *`: 64 bits, the first capability the lowest. */
function capabilitySet(field: string) {
  return defineReader({
    fields: { value: "u64" },
    read(target) {
      const { asm } = target.builder;
      const { offset, size } = target.field("value");
      asm.load(8, "r3", "r10", target.value.slot).set("r1", target.scratch).alu("r1", "+=", offset);
      asm.set("r2", size).call("probe_read_kernel").jumpIf("r0", "!=", 0, target.failed);
    },
    location: (target) => ({ integer: { place: target.memory("value"), size: 8, isSigned: false } }),
    value: (view) => ({ [field]: view.wide("value").toString(16).padStart(16, "0") }),
  });
}

export const CREDENTIAL_READERS = {
  cred,
  user_namespace: userNamespace,
  capability,
  kernel_cap_t: capabilitySet("kernel_cap_t_arg"),
  cap_inheritable: capabilitySet("cap_inheritable_arg"),
  cap_permitted: capabilitySet("cap_permitted_arg"),
  cap_effective: capabilitySet("cap_effective_arg"),
} as const;
