/**
 * @module What every program does, in a few words: chase pointers through kernel structs, leave early, use maps, repeat.
 *
 * Registers: `r0` to `r5` are scratch. What is to outlive a call holds one of the others (`Assembler.hold()`): the
 * context all the time, a record until it is sent, a loop its counter. Everything else lives in stack slots.
 */
import type {
  Assembler,
  Assembly,
  HeldRegister,
  JumpCondition,
  RegisterOperand,
  StackSlot,
} from "../asm/index.ts";
import type { ProgramSpec, TargetedKind } from "../attach/index.ts";
import type { TypeSource } from "../btf/index.ts";
import type { Pointer, Scalar } from "./pointer.ts";
import { OUT, PointerBuilder } from "./pointers.ts";

/** `BPF_ANY` of `<linux/bpf.h>`: create the element or replace it. */
const BPF_ANY = 0;

/** `BPF_LOCAL_STORAGE_GET_F_CREATE` of `<linux/bpf.h>`: make a value where there is none. */
const STORAGE_CREATE = 1;

/** `MAX_ERRNO` of `<linux/err.h>` */
const MAX_ERRNO = 4095;

/** Builds a program for one kernel: what all kinds of programs have in common. */
export class ProgramBuilder extends PointerBuilder {
  /** What the kernel gives the program. */
  readonly context: HeldRegister;
  readonly #result: number;
  #errorSlot: number | undefined;
  readonly #subprograms = new Set<string>();

  /** @param result What the program returns, wherever it ends. */
  constructor(types: TypeSource, result: number) {
    super(types);
    this.#result = result;
    this.context = this.asm.hold("context", "r6");
    this.asm.note("context").set(this.context, "r1");
  }

  /**
   * The task that runs the program, of whatever context it is.
   * @param options `isTyped`: as a pointer whose type the verifier knows, which takes Linux 5.11.
   */
  currentTask(name: string, { isTyped = false } = {}): Pointer {
    const slot = this.asm.slot(name);
    const helper = isTyped ? "get_current_task_btf" : "get_current_task";
    this.asm.note(`${name} = current`).call(helper).store(8, "r10", slot, "r0");
    return { name, struct: "task_struct", slot, offset: 0, isTyped };
  }

  /** `r0` = address of the value under the key in `keySlot`, or 0. */
  mapLookup(map: string, keySlot: number): void {
    this.#mapArguments(map, keySlot);
    this.asm.call("map_lookup_elem");
  }

  /** Puts the value in `valueSlot` under the key in `keySlot`. A map without room is not an error. */
  mapUpdate(map: string, keySlot: number, valueSlot: number): void {
    this.#mapArguments(map, keySlot);
    this.asm.set("r3", "r10").alu("r3", "+=", valueSlot).set("r4", BPF_ANY).call("map_update_elem");
  }

  /** The same with a value that `value` points to. */
  mapUpdateFrom(map: string, keySlot: number, value: RegisterOperand): void {
    this.#mapArguments(map, keySlot);
    this.asm.set("r3", value).set("r4", BPF_ANY).call("map_update_elem");
  }

  /** Removes the key in `keySlot`. */
  mapDelete(map: string, keySlot: number): void {
    this.#mapArguments(map, keySlot);
    this.asm.call("map_delete_elem");
  }

  /**
   * `r0` = address of what a socket storage holds for a socket, or 0. A socket takes it along when it goes.
   * @param sock An argument of the program: verifiers let no other pointer be used.
   * @param valueSlot What it is to hold where it holds nothing yet; of none, it stays so.
   */
  socketStorage(map: string, sock: Pointer, valueSlot?: number): void {
    this.asm.note(map).loadMap("r1", map);
    this.loadSlot("r2", sock);
    if (valueSlot === undefined) this.asm.set("r3", 0).set("r4", 0);
    else this.asm.set("r3", "r10").alu("r3", "+=", valueSlot).set("r4", STORAGE_CREATE);
    this.asm.call("sk_storage_get");
  }

  /** Removes what a socket storage holds for a socket. */
  socketStorageDelete(map: string, sock: Pointer): void {
    this.asm.note(map).loadMap("r1", map);
    this.loadSlot("r2", sock);
    this.asm.call("sk_storage_delete");
  }

  #mapArguments(map: string, keySlot: number): void {
    this.asm.note(map).loadMap("r1", map).set("r2", "r10").alu("r2", "+=", keySlot);
  }

  /** Ends the program when `register condition value`. A record that was reserved must have been sent by then. */
  leaveIf(register: RegisterOperand, condition: JumpCondition, value: RegisterOperand | number): void {
    this.asm.jumpIf(register, condition, value, OUT);
  }

  /** Ends the program with a result of its own: a register's, or a number. */
  leaveWith(result: RegisterOperand | number): void {
    this.asm.set("r0", result).exit();
  }

  /** From now on the program returns what `slot` holds, wherever it ends: an error, or 0 of what is none. `slot` holds 0 as yet. */
  returnError({ slot }: Scalar): void {
    this.#errorSlot = slot;
    this.asm.store(8, "r10", slot, 0);
  }

  /** Ends the program. */
  leave(): void {
    this.asm.jump(OUT);
  }

  /**
   * Repeats `body` at most `limit` times. `body` is given two labels: one to jump to for the next round (falling through
   * does that too), one to leave the loop.
   * @param options `isUnrolled`: writes the rounds one after the other, as kernels before 5.3 want it, which refuse
   * programs that jump back. A body that places labels takes fresh ones.
   * @throws RangeError when no register is left to count in.
   */
  loop(limit: number, body: (again: string, done: string) => void, { isUnrolled = false } = {}): void {
    if (isUnrolled) {
      const done = this.asm.freshLabel("done");
      for (let round = 1; round <= limit; round++) {
        const next = round === limit ? done : this.asm.freshLabel("again");
        body(next, done);
        if (next !== done) this.asm.label(next);
      }
      this.asm.label(done);
      return;
    }
    using counter = this.asm.hold("loop counter", "r9");
    const again = this.asm.freshLabel("again");
    const done = this.asm.freshLabel("done");
    this.asm.set(counter, 0).label(again).jumpIf(counter, ">=", limit, done).alu(counter, "+=", 1);
    this.asm.loop(() => body(again, done));
    if (this.asm.isReached()) this.asm.jump(again);
    this.asm.label(done);
  }

  /**
   * Has the kernel call a subprogram at most `limit` times (`bpf_loop`, 5.17): the verifier looks at one round, so that
   * there may be millions. The subprogram is given the round's number in `r1` and the address of `shared` in `r2`; it
   * returns 0 to go on, 1 to end the loop.
   */
  loopSubprogram(limit: number, subprogram: string, shared: StackSlot): void {
    this.asm
      .note(`bpf_loop ${subprogram}`)
      .set("r1", limit)
      .loadSubprogram("r2", subprogram)
      .set("r3", "r10")
      .alu("r3", "+=", shared.offset)
      .set("r4", 0)
      .call("loop");
  }

  /** Adds a subprogram, unless there is one of that name, which does the same. */
  subprogramOnce(name: string, emit: () => void): void {
    if (this.#subprograms.has(name)) return;
    this.#subprograms.add(name);
    this.asm.subprogram(name, emit);
  }

  /**
   * The finished program, of a kind that is loaded without saying what it is for.
   * @param name As `bpftool` is to show it: 15 characters at most.
   */
  program<K extends TargetedKind>(kind: K, name: string): ProgramSpec<K> {
    return { kind, name, assembly: this.finish() } as ProgramSpec<K>;
  }

  /** Verifiers want to see that what is returned is an error, or nothing. */
  #end(asm: Assembler): void {
    if (this.#errorSlot === undefined) {
      asm.set("r0", this.#result).exit();
      return;
    }
    const none = asm.freshLabel("no_error");
    asm.note("what to return").load(8, "r0", "r10", this.#errorSlot);
    asm.jumpIf("r0", "s<", -MAX_ERRNO, none).jumpIf("r0", "s>", 0, none).exit();
    asm.label(none).set("r0", this.#result).exit();
  }

  /** The finished code. */
  finish(): Assembly {
    // Verifiers refuse what is never reached.
    if (this.asm.isReached(OUT)) this.#end(this.asm.label(OUT));
    return this.asm.assemble();
  }
}
