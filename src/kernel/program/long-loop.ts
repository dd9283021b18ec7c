/**
 * @module Loops of many rounds: the first ones in the program itself, where a round costs no call, the others in a subprogram that the kernel
 * calls (`bpf_loop`, 5.17), of which the verifier looks at one. Where the kernel has no such loop, the first ones are all.
 */
import type { HeldRegister } from "../asm/index.ts";
import type { TypeSource } from "../btf/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import type { Pointer } from "./pointer.ts";

const WORD = 8;

/** A loop, and what its rounds have in common. */
export interface LongLoop<E extends string> {
  /** Rounds in the program itself. */
  readonly first: number;
  /** Rounds after these, and the subprogram's name: loops of one name have the same rounds. */
  readonly rest: { readonly limit: number; readonly name: string };
  /** What a round begins with, and leaves to the next one: slots of the program's. */
  readonly pointers: readonly Pointer[];
  /** Points to the value of a map. */
  readonly held: HeldRegister;
  /** Labels outside of the loop that a round may go to. */
  readonly exits: Readonly<Record<E, string>>;
  /** Adds a round, in the program or in the subprogram, each with pointers and a register of its own. It ends by falling through. */
  round(
    pointers: readonly Pointer[],
    held: HeldRegister,
    labels: Readonly<Record<E | "again", string>>,
  ): void;
}

/** Whether the kernel calls a subprogram in a loop. */
export function hasKernelLoop(types: TypeSource): boolean {
  return types.enumerator("bpf_func_id", "BPF_FUNC_loop") !== undefined;
}

/** Adds the loop. The program goes on behind it when there have been as many rounds as it may have. */
export function longLoop<E extends string>(builder: ProgramBuilder, loop: LongLoop<E>): void {
  const { first, pointers, held, exits } = loop;
  builder.loop(first, (again) => loop.round(pointers, held, { ...exits, again }));
  if (hasKernelLoop(builder.types)) addRest(builder, loop);
}

/** Where everything is in the block that program and subprogram share: pointers, then these. */
function placesIn({ pointers }: { readonly pointers: readonly Pointer[] }) {
  const held = pointers.length * WORD;
  return { held, exit: held + WORD, size: held + 2 * WORD };
}

function addRest<E extends string>(builder: ProgramBuilder, loop: LongLoop<E>): void {
  const { asm } = builder;
  const { pointers, held, exits, rest } = loop;
  const places = placesIn(loop);
  using block = asm.scopedSlot(rest.name, places.size);
  for (const [index, pointer] of pointers.entries())
    asm.load(8, "r1", "r10", pointer.slot).store(8, "r10", block.offset + index * WORD, "r1");
  asm.store(8, "r10", block.offset + places.held, held).store(8, "r10", block.offset + places.exit, 0);
  builder.loopSubprogram(rest.limit, rest.name, block);
  asm.load(8, "r1", "r10", block.offset + places.exit);
  for (const [index, label] of Object.values<string>(exits).entries())
    asm.jumpIf("r1", "==", index + 1, label);
  builder.subprogramOnce(rest.name, () => addRound(builder, loop));
}

/** The subprogram: takes its state out of the block, and puts it back. */
function addRound<E extends string>(builder: ProgramBuilder, loop: LongLoop<E>): void {
  const { asm } = builder;
  const places = placesIn(loop);
  using block = asm.hold("what rounds share", "r8");
  asm.set(block, "r2");
  using held = asm.hold(loop.held.name, "r7");
  asm.load(8, held, block, places.held);
  const pointers = loop.pointers.map((pointer, index) => {
    // Two pointers may have one name.
    const slot = asm.slot(`${pointer.name} of a round, ${index}`);
    asm.load(8, "r1", block, index * WORD).store(8, "r10", slot, "r1");
    return { ...pointer, slot };
  });
  const names = Object.keys(loop.exits) as E[];
  const labels = Object.fromEntries(
    [...names, "again"].map((name) => [name, asm.freshLabel(name)]),
  ) as Record<E | "again", string>;
  loop.round(pointers, held, labels);
  if (asm.isReached(labels.again)) {
    asm.label(labels.again);
    for (const [index, { slot }] of pointers.entries())
      asm.load(8, "r1", "r10", slot).store(8, block, index * WORD, "r1");
    asm.set("r0", 0).exit();
  }
  for (const [index, name] of names.entries()) {
    if (!asm.isReached(labels[name])) continue;
    asm
      .label(labels[name])
      .store(8, block, places.exit, index + 1)
      .set("r0", 1)
      .exit();
  }
}
