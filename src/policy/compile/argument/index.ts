/** @module Every type of arguments. A type is an entry here. */
import type { ArgumentTypeName } from "../../argument-type.ts";
import type { Argument } from "../../policy.ts";
import { BUFFER_READERS, specialBufferReader } from "./buffer.ts";
import { CREDENTIAL_READERS } from "./credential.ts";
import { PATH_READERS } from "./file-path.ts";
import { INTEGER_READERS } from "./integer.ts";
import { KERNEL_OBJECT_READERS } from "./kernel-object.ts";
import { mappedFile } from "./mapped-file.ts";
import { nop } from "./nop.ts";
import { skb } from "./packet.ts";
import type { ArgumentReader } from "./reader.ts";
import { SOCKET_READERS } from "./socket.ts";
import { SOCKET_ADDRESS_READERS } from "./socket-address.ts";
import { STRING_READERS } from "./string.ts";

export { type ArgumentReader, type FileTarget, type ReadingView, ReadTarget } from "./reader.ts";

/** How each type is read and printed. */
export const ARGUMENT_READERS: { readonly [N in ArgumentTypeName]: ArgumentReader } = {
  ...INTEGER_READERS,
  ...STRING_READERS,
  ...PATH_READERS,
  ...SOCKET_READERS,
  ...SOCKET_ADDRESS_READERS,
  ...CREDENTIAL_READERS,
  ...BUFFER_READERS,
  ...KERNEL_OBJECT_READERS,
  skb,
  nop,
  mapped_file: mappedFile,
};

/** How the value of an argument is read and printed. */
export function readerOf(argument: Argument): ArgumentReader {
  return specialBufferReader(argument) ?? ARGUMENT_READERS[argument.type];
}
