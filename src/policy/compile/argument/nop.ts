/** @module The type of an argument that is named, and not read. */
import { defineReader } from "./reader.ts";

export const nop = defineReader({ fields: {}, read() {}, location: () => ({}), value: () => undefined });
