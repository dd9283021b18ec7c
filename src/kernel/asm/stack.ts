/** @module The stack of one function: slots with names that stay, and slots that are given back. */

/** `MAX_BPF_STACK` */
const STACK_SIZE = 512;
/** Slots begin at multiples of this. */
const ALIGNMENT = 8;
/** What a function takes of the stack is counted in these. */
const DEPTH_UNIT = 32;

/**
 * A stack slot's name: a string, or a symbol, which is nobody else's: for code that is used inside programs whose slots
 * it does not know.
 */
export type SlotName = string | symbol;

/** A slot's name in words, for messages and notes. */
export function slotText(name: SlotName): string {
  return typeof name === "symbol" ? (name.description ?? "") : name;
}

/** A slot for a while. Another one may have its place after that, so what is there first must be written first. */
export class StackSlot implements Disposable {
  /** What it is for, as in messages. */
  readonly name: string;
  readonly #offset: number;
  #release: (() => void) | undefined;

  constructor(name: string, offset: number, release: () => void) {
    this.name = name;
    this.#offset = offset;
    this.#release = release;
  }

  /**
   * Where it is, from `r10`.
   * @throws RangeError when it was given back.
   */
  get offset(): number {
    if (this.#release === undefined) throw new RangeError(`Cannot use slot "${this.name}": it is free again`);
    return this.#offset;
  }

  /** Gives it back. Idempotent. */
  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/** The 512 bytes below `r10`. */
export class StackFrame {
  readonly #named = new Map<SlotName, { readonly offset: number; readonly size: number }>();
  #free: { readonly offset: number; readonly size: number }[] = [];
  #used = 0;
  /** Loops that are being added. */
  #loops = 0;

  /**
   * Offset of the slot of that name, which is the function's as long as it runs: the same one each time.
   * @throws RangeError when the stack is full.
   */
  named(name: SlotName, size: number): number {
    const known = this.#named.get(name);
    if (known !== undefined) {
      if (known.size !== size) throw new RangeError(`Cannot use slot "${slotText(name)}" with two sizes`);
      return known.offset;
    }
    const offset = (this.#loops === 0 ? this.#fill(size) : undefined) ?? this.#grow(slotText(name), size);
    this.#named.set(name, { offset, size });
    return offset;
  }

  /**
   * While a loop is added, slots that stay take no place that was given back: the next round might write there what comes
   * before them.
   */
  loop(add: () => void): void {
    this.#loops++;
    add();
    this.#loops--;
  }

  /**
   * A slot that is given back: in the place of one that was, or a new one.
   * @throws RangeError when the stack is full.
   */
  scoped(name: string, size: number): StackSlot {
    const needed = aligned(size);
    const offset = this.#fill(size) ?? this.#grow(name, size);
    return new StackSlot(name, offset, () => this.#free.push({ offset, size: needed }));
  }

  /** Bytes that the verifier reckons the function with: `round_up(max_t(u32, stack_depth, 1), 32)` in kernel/bpf/verifier.c. */
  get depth(): number {
    return Math.ceil(Math.max(this.#used, 1) / DEPTH_UNIT) * DEPTH_UNIT;
  }

  /** @throws RangeError when there is no room for the subprogram of that name, beside its program of that depth. */
  checkBeside(depth: number, name: string): void {
    const both = depth + this.depth;
    if (both <= STACK_SIZE) return;
    throw new RangeError(
      `Cannot place subprogram "${name}": with the program it takes ${both} bytes of stack`,
    );
  }

  /** @returns A place that was given back, and is large enough. */
  #fill(size: number): number | undefined {
    const needed = aligned(size);
    const hole = this.#free.find((free) => free.size >= needed);
    if (hole === undefined) return undefined;
    this.#free = this.#free.filter((free) => free !== hole);
    if (hole.size > needed) this.#free.push({ offset: hole.offset + needed, size: hole.size - needed });
    return hole.offset;
  }

  #grow(name: string, size: number): number {
    this.#used += aligned(size);
    if (this.#used > STACK_SIZE) throw new RangeError(`Cannot place slot "${name}": the stack is full`);
    return -this.#used;
  }
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
