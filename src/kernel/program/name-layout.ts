/** @module Where the members lie that lead to a path's first names. */
import type { TypeSource } from "../btf/index.ts";

/** Bytes of an entry that are read at once, at most. */
export const ENTRY_BYTES = 40;

/** Where members lie. */
export function layoutOf(types: TypeSource) {
  const at = (struct: string, path: string) => types.member(struct, path).offset;
  const inline = types.has("dentry", "d_iname") ? "d_iname" : "d_shortname.string";
  return {
    mount: at("mount", "mnt"),
    root: at("mount", "mnt.mnt_root"),
    place: { parent: at("mount", "mnt_parent"), point: at("mount", "mnt_mountpoint") },
    parent: at("dentry", "d_parent"),
    length: at("dentry", "d_name.len"),
    name: at("dentry", inline),
    inlineBytes: types.member("dentry", inline).size,
  };
}

/** Whether this kernel's structs are as a look finds them. */
export function canLookForFirstNames(types: TypeSource): boolean {
  if (!types.has("dentry", "d_iname") && !types.has("dentry", "d_shortname.string")) return false;
  const { parent, name, length, place } = layoutOf(types);
  const isClose = parent < length && length < name && name + 8 - parent <= ENTRY_BYTES;
  return isClose && place.point === place.parent + 8;
}
