/** @module What the parts of the TCP program share. */
import type { HeldRegister } from "../../../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../../../kernel/program/index.ts";
import type { ListenerSlots, SocketStructs } from "./listener.ts";
import type { KnownSocket } from "./sockets.ts";

/** The program while it is put together. At the label "report" `r0` is the address of the socket's owner. */
export interface TcpProgram {
  readonly b: ProgramBuilder;
  readonly socket: KnownSocket;
  readonly structs: SocketStructs;
  readonly slots: ListenerSlots & { readonly now: number; readonly action: number };
  readonly oldState: HeldRegister;
  readonly newState: HeldRegister;
}
