/**
 * @module How the TCP program finds the owner of a socket again.
 *
 * Kernels since 5.12 let a socket carry it, and give each socket a name, its cookie. Before, the program keeps owners in
 * a map by the sockets' addresses. An address may be another socket's later: so what is known of it is forgotten where a
 * socket ends, and where another begins, which each does in one of three ways: it connects, listens, or is made of a
 * listener for who connects to that.
 */
import { countIn, type Pointer, type ProgramBuilder } from "../../../../kernel/program/index.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { NETWORK_MAPS } from "./maps.ts";
import type { SocketMemory } from "./memory.ts";
import { socketOwner } from "./owner.ts";

/** Bits of a made-up cookie that tell processors apart. */
const PROCESSOR_BITS = 10;

/** The socket that the program runs for. */
export class KnownSocket {
  readonly memory: SocketMemory;
  readonly sock: Pointer;
  readonly #builder: ProgramBuilder;
  /** Slot of its address as a key: what a map looks at is no pointer of a known type any more. */
  readonly #key: number;

  constructor(builder: ProgramBuilder, memory: SocketMemory, sock: Pointer) {
    this.#builder = builder;
    this.memory = memory;
    this.sock = sock;
    this.#key = memory === "storage" ? 0 : builder.asm.slot("socket key");
    if (memory === "storage") return;
    builder.loadSlot("r1", sock);
    builder.asm.store(8, "r10", this.#key, "r1");
  }

  /** `r0` = address of its {@link socketOwner}, or 0. */
  find(): void {
    if (this.memory === "storage") this.#builder.socketStorage(NETWORK_MAPS.sockets, this.sock);
    else this.#builder.mapLookup(NETWORK_MAPS.sockets, this.#key);
  }

  /**
   * It is the owner's in slot `owner` from now on. `r0` = an address of that owner. Where there is no room or no memory
   * for it, what comes of the socket is lost, and that is counted.
   */
  keep(owner: number): void {
    const { asm } = this.#builder;
    const kept = asm.freshLabel("kept");
    const lost = asm.freshLabel("lost");
    if (this.memory === "storage") {
      this.#builder.socketStorage(NETWORK_MAPS.sockets, this.sock, owner);
      asm.jumpIf("r0", "==", 0, lost).note("what it carried already is written over");
      for (let at = 0; at < socketOwner.headerSize; at += 8) {
        asm.load(8, "r1", "r10", owner + at).store(8, "r0", at, "r1");
      }
      asm.jump(kept).label(lost);
      countIn(this.#builder, SENSOR_MAPS.lost);
    } else {
      this.#builder.mapUpdate(NETWORK_MAPS.sockets, this.#key, owner);
      asm.jumpIf("r0", "==", 0, lost);
      countIn(this.#builder, SENSOR_MAPS.lost);
      asm.label(lost);
    }
    asm.set("r0", "r10").alu("r0", "+=", owner);
    if (this.memory === "storage") asm.label(kept);
  }

  /** It is nobody's any more: it leaves the scope. */
  disown(): void {
    const { asm } = this.#builder;
    if (this.memory === "address") {
      this.forget();
      return;
    }
    const unknown = asm.freshLabel("unknown");
    this.find();
    asm.jumpIf("r0", "==", 0, unknown).store(4, "r0", socketOwner.fields.pid.offset, 0).label(unknown);
  }

  /**
   * It ends. `r0` = address of its owner, which is where `r0` points to.
   * @param owner Slot that the owner may be copied to. A socket takes along what it carries.
   */
  end(owner: number): void {
    if (this.memory === "storage") return;
    copyOwner(this.#builder, owner);
    this.forget();
    this.#builder.asm.set("r0", "r10").alu("r0", "+=", owner);
  }

  /** Nothing is known of what is at its address. */
  forget(): void {
    this.#builder.mapDelete(NETWORK_MAPS.sockets, this.#key);
  }

  /** `r0` = a name for it that no other has. @param now Slot of the nanoseconds since boot. */
  makeCookie(now: number): void {
    const { asm } = this.#builder;
    asm.note("cookie");
    if (this.memory === "storage") {
      this.#builder.loadSlot("r1", this.sock);
      asm.call("get_socket_cookie");
      return;
    }
    asm.call("get_smp_processor_id").load(8, "r1", "r10", now);
    asm.alu("r1", "<<=", PROCESSOR_BITS).alu("r0", "|=", "r1");
  }
}

/** Slot `owner` = what `r0` points to. */
export function copyOwner(b: ProgramBuilder, owner: number): void {
  b.asm.note("copy the owner");
  for (let at = 0; at < socketOwner.headerSize; at += 8) {
    b.asm.load(8, "r1", "r0", at).store(8, "r10", owner + at, "r1");
  }
}
