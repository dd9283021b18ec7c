/** @module The value that the kernel keeps of a process for policies, as the agent writes it. */
import {
  capabilityOffset,
  FACTS_SIZE,
  type NumberedFact,
  namespaceOffset,
  PROCESS_RECORD,
  RECORDED_NAMESPACES,
} from "../../../policy/condition/process/index.ts";
import { isTrue, type ProcessImage } from "../../../policy/process/index.ts";
import type { Credentials } from "../process/credentials.ts";

type FactSet = "own" | "line" | "parent";

/** A record, read or to be written. */
export class ProcessValue {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array = new Uint8Array(PROCESS_RECORD.size)) {
    this.bytes = bytes;
  }

  /** What is true of the process: of the facts that are given, nothing else is changed. */
  decide(facts: readonly NumberedFact[], image: ProcessImage): void {
    for (const { fact, bit } of facts) {
      const at = PROCESS_RECORD.own + (bit >> 3);
      const mask = 1 << (bit & 7);
      this.bytes[at] = isTrue(fact, image) ? this.bytes[at]! | mask : this.bytes[at]! & ~mask;
    }
  }

  /** What is true of the parent and those before it. */
  descendFrom(parent: ProcessValue): void {
    this.#add("line", parent, "own");
    this.#add("line", parent, "line");
    this.#add("parent", parent, "own");
  }

  /** Keeps what was true of the process before it became another program. */
  succeed(before: ProcessValue): void {
    this.#add("line", before, "own");
    this.#add("line", before, "line");
    this.#add("parent", before, "parent");
  }

  /** Of these facts nothing is known. @returns Whether anything was. */
  forget(facts: readonly NumberedFact[]): boolean {
    let isChanged = false;
    for (const set of ["own", "line", "parent"] as const) {
      for (const { bit } of facts) {
        const at = PROCESS_RECORD[set] + (bit >> 3);
        const mask = 1 << (bit & 7);
        if ((this.bytes[at]! & mask) !== 0) isChanged = true;
        this.bytes[at]! &= ~mask;
      }
    }
    return isChanged;
  }

  /** Records namespaces, which are in Tetragon's order, and capabilities. */
  record(namespaces: readonly number[], credentials: Credentials): void {
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    for (const [index, namespace] of RECORDED_NAMESPACES.entries()) {
      view.setUint32(namespaceOffset(namespace), namespaces[index] ?? 0, true);
    }
    view.setBigUint64(capabilityOffset("effective"), credentials.cap_effective, true);
    view.setBigUint64(capabilityOffset("inheritable"), credentials.cap_inheritable, true);
    view.setBigUint64(capabilityOffset("permitted"), credentials.cap_permitted, true);
  }

  #add(to: FactSet, other: ProcessValue, from: FactSet): void {
    for (let at = 0; at < FACTS_SIZE; at++) {
      this.bytes[PROCESS_RECORD[to] + at]! |= other.bytes[PROCESS_RECORD[from] + at]!;
    }
  }
}
