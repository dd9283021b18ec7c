/** @module Credentials, user namespaces, capabilities. */
import { capabilityName, capabilityNames, secureBitNames } from "../../../event/privilege-names.ts";
import type { Pointer } from "../../../kernel/program/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import { defineReader, numberReader, type ReadingView, type ReadTarget } from "./reader.ts";

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
    const bits = secureBitNames(view.number("securebits"));
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
const capability = numberReader((value) => ({
  capability_arg: { ...(value === 0 ? {} : { value }), name: capabilityName(value) },
}));

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
