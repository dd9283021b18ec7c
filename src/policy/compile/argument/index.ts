/** @module Every type of arguments. A type is an entry here. */
import type { ArgumentTypeName } from "../../argument-type.ts";
import { PATH_READERS } from "./file-path.ts";
import { INTEGER_READERS } from "./integer.ts";
import { nop } from "./nop.ts";
import type { ArgumentReader } from "./reader.ts";
import { STRING_READERS } from "./string.ts";

export { type ArgumentReader, type ReadingView, ReadTarget } from "./reader.ts";

/** How each type is read and printed. */
export const ARGUMENT_READERS: { readonly [N in ArgumentTypeName]?: ArgumentReader } = {
  ...INTEGER_READERS,
  ...STRING_READERS,
  ...PATH_READERS,
  nop,
};
