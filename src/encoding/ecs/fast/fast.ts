/**
 * @module Lines as documents without an object in between: the line is gone over once, and its own bytes are put together
 * anew. What is said here of what an event is, is what `document.ts` says.
 */
import { isUtf8 } from "node:buffer";
import { ANSWER } from "../../../event/scan/layout.ts";
import { NEWLINE } from "../../../event/scan/line.ts";
import { type Scanners, TEXT, TextMemory } from "../../../event/scan/text-memory.ts";
import { asBuffer, type SliceableBuffer } from "../../../lib/bytes.ts";
import { escapeTable } from "../../escape-program.ts";
import type { EcsSettings } from "../settings.ts";
import { Describer } from "./describe.ts";
import { EventTexts } from "./event-texts.ts";
import { documentImage } from "./image.ts" with { type: "macro" };
import { END, ESCAPES, LINE, LONGEST_LINE, OUT, TYPE } from "./layout.ts";
import type { DocumentProgram } from "./program/program.ts";
import { Slots } from "./slots.ts";
import { StepWriter } from "./steps.ts";
import { TableWriter } from "./table.ts";

/** What {@link LineDocuments.write} gives back for what is not its business. */
export const NOT_SURE = -1;

const PREFIX = '{"cilium_tetragon":{"log":';

/** Where steps begin and end. */
type Steps = readonly [start: number, end: number];

/** Writes documents of lines, one at a time. */
export class LineDocuments {
  readonly #memory: SliceableBuffer;
  readonly #words: Uint32Array;
  readonly #scanners: Scanners;
  readonly #program: DocumentProgram;
  readonly #event: number;
  /** By numbers of types of events, from 1 on. */
  readonly #steps: readonly Steps[];
  readonly #describer: Describer;

  private constructor(memory: WebAssembly.Memory, scanners: Scanners, settings: EcsSettings) {
    const module = new WebAssembly.Module(Uint8Array.fromBase64(documentImage()));
    const { exports } = new WebAssembly.Instance(module, { host: { memory } });
    this.#program = exports as unknown as DocumentProgram;
    this.#scanners = scanners;
    const bytes = asBuffer(new Uint8Array(memory.buffer));
    this.#memory = bytes;
    this.#words = new Uint32Array(memory.buffer);
    bytes.set(escapeTable(), ESCAPES);
    bytes.write(PREFIX, OUT, "latin1");
    const slots = new Slots();
    const table = new TableWriter(bytes, slots);
    this.#event = table.event();
    const steps = new StepWriter(bytes, table, slots);
    this.#steps = table.types.map((type, i) =>
      steps.document(settings, {
        slots: table.slotsOf[i]!,
        isExit: type === "process_exit",
        hasCommandLine: settings.hasCommandLine === true,
      }),
    );
    this.#describer = new Describer({
      memory: bytes,
      words: this.#words,
      slots,
      types: table.types,
      texts: new EventTexts(bytes, settings),
      spelling: settings.spelling ?? "tetragon",
    });
    this.#program.setPlain(settings.spelling === "integration" ? 1 : 0);
  }

  /** @returns Nothing where the runtime has no WebAssembly, no memory for it, or the processor no vectors of 16 bytes. */
  static make(settings: EcsSettings): LineDocuments | undefined {
    const { memory, scanners } = new TextMemory(END - TEXT);
    if (memory === undefined || scanners === undefined) return undefined;
    return new LineDocuments(memory, scanners, settings);
  }

  /**
   * Writes the document of the line `source[start, end)`, newline included, and a newline, from `target[at]` on.
   * @param isWhole Whether it is known that the line is a valid event, all of which it says.
   * @returns The offset after it, beyond the target's end where it has no room; {@link NOT_SURE} for a line of which an object
   * has to be made.
   */
  write(
    source: Uint8Array,
    { start, end, isWhole }: { readonly start: number; readonly end: number; readonly isWhole: boolean },
    target: Uint8Array,
    at: number,
  ): number {
    const length = end - start;
    if (length > LONGEST_LINE || source[end - 1] !== NEWLINE) return NOT_SURE;
    const memory = this.#memory;
    asBuffer(source).copy(memory, LINE, start, end);
    const lineEnd = LINE + length;
    if (!isWhole && !this.#isWhole(lineEnd)) return NOT_SURE;
    const after = this.#program.walk(LINE, OUT + PREFIX.length, this.#event);
    if (after !== lineEnd - 1) return NOT_SURE;
    const type = this.#words[TYPE / 4]!;
    if (!this.#describer.describe(type)) return NOT_SURE;
    const [first, last] = this.#steps[type - 1]!;
    const behind = this.#program.compose(first, last, LINE, lineEnd - 1);
    if (behind < 0) return NOT_SURE;
    const documentEnd = at + behind - OUT;
    if (documentEnd <= target.length) memory.copy(target, at, OUT, behind);
    return documentEnd;
  }

  #isWhole(lineEnd: number): boolean {
    const { scanEvent, event } = this.#scanners;
    return scanEvent(LINE, lineEnd, event) >= ANSWER.whole && isUtf8(this.#memory.subarray(LINE, lineEnd));
  }
}
