/** What is said here about `<linux/bpf.h>`, against what the running kernel's own types say. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { HELPERS } from "../../../src/kernel/asm/index.ts";
import {
  BTF_KIND,
  type Btf,
  type BtfMember,
  readKernelBtf,
  VMLINUX_BTF,
} from "../../../src/kernel/btf/index.ts";
import * as attributes from "../../../src/os/bpf/attr.ts";
import * as constants from "../../../src/os/bpf/constants.ts";
import { PERF_EVENT_ATTR } from "../../../src/os/perf-event.ts";
import { FIELD_SIZE, type StructLayout } from "../../../src/os/struct-layout.ts";

/** Where each description is in the kernel's types: a struct, or the part of a union that has this member. */
const PLACES: Readonly<
  Record<
    string,
    { struct: string; part?: string; layout: StructLayout; bits?: Readonly<Record<string, string>> }
  >
> = {
  MAP_CREATE_ATTR: { struct: "bpf_attr", part: "map_type", layout: attributes.MAP_CREATE_ATTR },
  MAP_ELEM_ATTR: { struct: "bpf_attr", part: "key", layout: attributes.MAP_ELEM_ATTR },
  PROG_LOAD_ATTR: { struct: "bpf_attr", part: "prog_type", layout: attributes.PROG_LOAD_ATTR },
  OBJECT_PIN_ATTR: { struct: "bpf_attr", part: "pathname", layout: attributes.OBJECT_PIN_ATTR },
  BTF_LOAD_ATTR: { struct: "bpf_attr", part: "btf", layout: attributes.BTF_LOAD_ATTR },
  OBJECT_ID_ATTR: { struct: "bpf_attr", part: "next_id", layout: attributes.OBJECT_ID_ATTR },
  OBJECT_INFO_ATTR: { struct: "bpf_attr", part: "info", layout: attributes.OBJECT_INFO_ATTR },
  RAW_TRACEPOINT_ATTR: { struct: "bpf_attr", part: "raw_tracepoint", layout: attributes.RAW_TRACEPOINT_ATTR },
  LINK_CREATE_ATTR: { struct: "bpf_attr", part: "link_create", layout: attributes.LINK_CREATE_ATTR },
  PERF_LINK_ATTR: { struct: "bpf_attr", part: "link_create", layout: attributes.PERF_LINK_ATTR },
  KPROBE_MULTI_ATTR: { struct: "bpf_attr", part: "link_create", layout: attributes.KPROBE_MULTI_ATTR },
  UPROBE_MULTI_ATTR: { struct: "bpf_attr", part: "link_create", layout: attributes.UPROBE_MULTI_ATTR },
  TEST_RUN_ATTR: { struct: "bpf_attr", part: "test", layout: attributes.TEST_RUN_ATTR },
  BTF_INFO: { struct: "bpf_btf_info", layout: attributes.BTF_INFO },
  LINK_INFO: { struct: "bpf_link_info", layout: attributes.LINK_INFO },
  PERF_EVENT_ATTR: { struct: "perf_event_attr", layout: PERF_EVENT_ATTR, bits: { flags: "disabled" } },
};

/** Fields that kernels brought after 5.8, which is the first one that the sensor runs on. */
const LATER = /^(perf_event|kprobe_multi|uprobe_multi)\.|^(attach_btf_obj_fd|name|name_len|kernel_btf)$/;

/** The part of a union that is called so, or has a member of that name. */
function partOf(btf: Btf, struct: string, part: string | undefined): number {
  const id = btf.find(BTF_KIND.STRUCT, struct) ?? btf.find(BTF_KIND.UNION, struct)!;
  if (part === undefined) return id;
  for (const member of btf.members(id)) {
    const type = btf.resolve(member.type);
    if (!btf.isCompound(type)) continue;
    if (member.name === part || (member.name === "" && btf.member(type, part) !== undefined)) return type;
  }
  throw new Error(`${struct} has no part ${part}`);
}

function find(btf: Btf, type: number, path: string): BtfMember | undefined {
  let bitOffset = 0;
  let found: BtfMember | undefined;
  let at = type;
  for (const name of path.split(".")) {
    found = btf.member(at, name);
    if (found === undefined) return undefined;
    bitOffset += found.bitOffset;
    at = btf.resolve(found.type);
  }
  return { ...found!, bitOffset };
}

describe.skipIf(!existsSync(VMLINUX_BTF))("descriptions of structs", () => {
  const btf = readKernelBtf();

  test("are all compared", () => {
    const described = Object.keys(attributes).filter((name) => "fields" in (attributes as never)[name]);
    expect(Object.keys(PLACES)).toEqual(expect.arrayContaining(described));
  });

  for (const [name, { struct, part, layout, bits = {} }] of Object.entries(PLACES)) {
    test(`${name} has the fields where this kernel has them`, () => {
      const type = partOf(btf, struct, part);
      for (const [field, [offset, kind]] of Object.entries(layout.fields)) {
        const member = find(btf, type, bits[field] ?? field);
        // An older kernel may lack it; then it is not this name that is wrong.
        if (member === undefined && LATER.test(field)) continue;
        expect({
          field,
          offset: member && member.bitOffset / 8,
          size: member && btf.sizeOf(member.type),
        }).toEqual({
          field,
          offset,
          size: FIELD_SIZE[kind],
        });
      }
    });
  }
});

describe.skipIf(!existsSync(VMLINUX_BTF))("numbers of <linux/bpf.h>", () => {
  const btf = readKernelBtf();
  const TABLES = {
    bpf_cmd: { prefix: "BPF_", table: constants.BPF_CMD },
    bpf_map_type: { prefix: "BPF_MAP_TYPE_", table: constants.BPF_MAP_TYPE },
    bpf_prog_type: { prefix: "BPF_PROG_TYPE_", table: constants.BPF_PROG_TYPE },
    bpf_attach_type: { prefix: "BPF_", table: constants.BPF_ATTACH_TYPE },
    bpf_func_id: { prefix: "BPF_FUNC_", table: HELPERS },
  } as const;
  for (const [name, { prefix, table }] of Object.entries(TABLES)) {
    test(`enum ${name} says the same`, () => {
      const id = btf.find(BTF_KIND.ENUM, name)!;
      let compared = 0;
      for (const [key, value] of Object.entries(table)) {
        const found = btf.enumerator(id, `${prefix}${key}`);
        if (found === undefined) continue;
        expect({ key, value: found }).toEqual({ key, value });
        compared++;
      }
      // What an older kernel does not have yet is the smaller part.
      expect(compared).toBeGreaterThan(Object.keys(table).length * 0.6);
    });
  }
});
