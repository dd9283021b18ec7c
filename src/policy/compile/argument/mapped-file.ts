/** @module A file that is mapped: its path and its build id, which the kernel has put together for perf events. */
import { decodeText } from "../../../lib/text/utf8.ts";
import { defineReader, PLAIN_BYTES } from "./reader.ts";
import { readText } from "./string.ts";

/** Bytes of a build id at most: `BUILD_ID_SIZE_MAX` of `<linux/buildid.h>`. */
const BUILD_ID_SIZE = 20;

/** `struct perf_mmap_event *` of `kernel/events/core.c` */
export const MAPPED_FILE = "perf_mmap_event";

export const mappedFile = defineReader({
  fields: { first: "u64", second: "u64", last: "u32", size: "u32" },
  bytes: PLAIN_BYTES,
  read(target) {
    const { builder: b } = target;
    const mapping = target.pointer(MAPPED_FILE);
    target.copy("size", mapping, "build_id_size");
    target.copyAll("first", mapping, "build_id");
    b.load("r3", mapping, "file_name");
    readText(target, { isKernelMemory: true });
  },
  location: () => ({}),
  value(view) {
    const id = new DataView(new ArrayBuffer(BUILD_ID_SIZE));
    id.setBigUint64(0, view.wide("first"), true);
    id.setBigUint64(8, view.wide("second"), true);
    id.setUint32(16, view.number("last"), true);
    const size = Math.min(view.number("size"), BUILD_ID_SIZE);
    return {
      path: decodeText(view.bytes),
      buildid: new Uint8Array(id.buffer, 0, size).toBase64(),
    };
  },
});
