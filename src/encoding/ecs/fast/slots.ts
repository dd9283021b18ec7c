/** @module Places of values in a line, by name: fields of the schema, and what else is asked of an event. */
import { MAX_SLOTS, SLOT_BYTES, SLOTS } from "./layout.ts";

/**
 * What is asked of events besides, by message and field. What is not a field of the schema has no dot in its name. Of texts
 * and numbers among arguments two count, of other fields the first.
 */
export const ASKED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tetragon.Process": { parent_exec_id: "parent", docker: "docker" },
  "tetragon.Pod": { workload: "workload" },
  "tetragon.ProcessExit": { signal: "signal", time: "end" },
  "tetragon.ProcessKprobe": { function_name: "call", action: "action" },
  "tetragon.ProcessLsm": { function_name: "call", action: "action" },
  "tetragon.ProcessTracepoint": { subsys: "subsystem", event: "call", action: "action" },
  "tetragon.ProcessUprobe": { action: "action" },
  "tetragon.ProcessUsdt": { action: "action" },
  "tetragon.KprobeArgument": {
    string_arg: "text",
    int_arg: "number",
    uint_arg: "number",
    long_arg: "long",
  },
};

/** Where a second value goes. */
export const SECOND: Readonly<Record<string, string>> = { text: "text2", "file.path": "file.target_path" };

/** Numbers slots. */
export class Slots {
  readonly #numbers = new Map<string, number>();

  /** Address of a slot. */
  address(name: string): number {
    const known = this.#numbers.get(name);
    const number = known ?? this.#numbers.size;
    if (number >= MAX_SLOTS) throw new RangeError("Documents have too many slots");
    this.#numbers.set(name, number);
    return SLOTS + number * SLOT_BYTES;
  }

  /** Whether anything is put there. */
  has(name: string): boolean {
    return this.#numbers.has(name);
  }
}
