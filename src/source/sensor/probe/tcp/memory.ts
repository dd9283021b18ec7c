/** @module Where the owners of sockets are, which differs by kernel. */
import type { TypeSource } from "../../../../kernel/btf/index.ts";
import { haveTracingHelper } from "../../../../kernel/feature/index.ts";

/** In the sockets' storage, or in a map by the sockets' addresses. */
export type SocketMemory = "storage" | "address";

/** What this kernel allows: since 5.12 sockets carry what programs know of them, and have cookies. */
export function socketMemory(types: TypeSource): SocketMemory {
  return haveTracingHelper(types, "get_socket_cookie").answer === "no" ? "address" : "storage";
}
