/**
 * @module Lines as log records without an object in between: the line is gone over once, and its own bytes are put together anew.
 * What an event is and where its values stand is found out as for documents of the Elastic Common Schema.
 */
import { isUtf8 } from "node:buffer";
import { ANSWER } from "../../../event/scan/layout.ts";
import { NEWLINE } from "../../../event/scan/line.ts";
import { type Scanners, TEXT, TextMemory } from "../../../event/scan/text-memory.ts";
import { asBuffer, type SliceableBuffer } from "../../../lib/bytes.ts";
import { Describer } from "../../ecs/fast/describe.ts";
import { EventTexts } from "../../ecs/fast/event-texts.ts";
import { LINE, LONGEST_LINE, TYPE } from "../../ecs/fast/layout.ts";
import { Slots } from "../../ecs/fast/slots.ts";
import { TableWriter } from "../../ecs/fast/table.ts";
import type { RecordSettings } from "../record-settings.ts";
import { type Frame, writeFrame } from "./frames.ts";
import { recordImage } from "./image.ts" with { type: "macro" };
import { RECORD_END } from "./layout.ts";
import type { RecordProgram } from "./program.ts";
import { StepWriter } from "./steps.ts";
import { Taken } from "./taken.ts";
import { RecordTime } from "./time.ts";

/** What {@link LineRecords.write} gives back for what is not its business. */
export const NOT_SURE = -1;

const ECS = { agent: { version: "" } };

/** Writes records of lines, one at a time. */
export class LineRecords {
  readonly #memory: SliceableBuffer;
  readonly #words: Uint32Array;
  readonly #scanners: Scanners;
  readonly #program: RecordProgram;
  readonly #event: number;
  /** By numbers of types of events, from 1 on. */
  readonly #steps: readonly (readonly [start: number, end: number])[];
  readonly #frames: readonly Frame[];
  readonly #describer: Describer;
  readonly #taken: Taken;
  readonly #time: RecordTime;
  readonly #timeWord: number;

  private constructor(memory: WebAssembly.Memory, scanners: Scanners, settings: RecordSettings) {
    const module = new WebAssembly.Module(Uint8Array.fromBase64(recordImage()));
    const { exports } = new WebAssembly.Instance(module, { host: { memory } });
    this.#program = exports as unknown as RecordProgram;
    this.#scanners = scanners;
    const bytes = asBuffer(new Uint8Array(memory.buffer));
    this.#memory = bytes;
    this.#words = new Uint32Array(memory.buffer);
    const slots = new Slots();
    const table = new TableWriter(bytes, slots, true);
    this.#event = table.event();
    const steps = new StepWriter(bytes, table, slots);
    const [ofExit, ofOthers] = [steps.attributes(true), steps.attributes(false)];
    this.#steps = table.types.map((type) => (type === "process_exit" ? ofExit : ofOthers));
    this.#frames = table.types.map((type) => writeFrame(bytes, table, type));
    const texts = new EventTexts(bytes, ECS);
    const { types } = table;
    this.#describer = new Describer({
      ...{ memory: bytes, words: this.#words, slots, types, texts },
      spelling: "tetragon",
    });
    this.#taken = new Taken({
      ...{ memory: bytes, words: this.#words, slots, program: this.#program },
      ...settings,
      containerId: steps.containerId(),
    });
    this.#time = new RecordTime(bytes, this.#program, settings.now ?? Date.now);
    this.#timeWord = slots.address("@timestamp") / 4;
  }

  /** @returns Nothing where the runtime has no WebAssembly, no memory for it, or the processor no vectors of 16 bytes. */
  static make(settings: RecordSettings): LineRecords | undefined {
    const { memory, scanners } = new TextMemory(RECORD_END - TEXT);
    if (memory === undefined || scanners === undefined) return undefined;
    return new LineRecords(memory, scanners, settings);
  }

  /**
   * Writes the record of the line `source[start, end)`, newline included, from `target[at]` on.
   * @param isWhole Whether it is known that the line is a valid event, all of which it says.
   * @returns The offset after it, beyond the target's end where it has no room; {@link NOT_SURE} for a line of which an object
   * has to be made.
   */
  write(
    source: Uint8Array,
    { start, end, isWhole }: { readonly start: number; readonly end: number; readonly isWhole: boolean },
    target: Buffer,
    at: number,
  ): number {
    const length = end - start;
    if (length > LONGEST_LINE || source[end - 1] !== NEWLINE) return NOT_SURE;
    const memory = this.#memory;
    const bytes = asBuffer(source);
    bytes.copy(memory, LINE, start, end);
    const lineEnd = LINE + length;
    if (!isWhole && !this.#isWhole(lineEnd)) return NOT_SURE;
    const bodyEnd = lineEnd - 1;
    if (this.#program.walk(LINE, this.#event) !== bodyEnd) return NOT_SURE;
    const type = this.#words[TYPE / 4]!;
    if (!this.#describer.describeObjects(type)) return NOT_SURE;
    const time = this.#words[this.#timeWord]!;
    if (!this.#time.take(time, this.#words[this.#timeWord + 1]!)) return NOT_SURE;
    const [first, last] = this.#steps[type - 1]!;
    // Where they belong: the line itself is the body.
    const plain = this.#program.attributes(first, last, bodyEnd);
    if (plain < 0) return NOT_SURE;
    const behind = this.#taken.write(plain);
    this.#time.observe();
    const { address, tailBytes } = this.#frames[type - 1]!;
    const begin = this.#program.frame(address, bodyEnd, behind);
    const recordEnd = at + behind + tailBytes - begin;
    if (recordEnd <= target.length) memory.copy(target, at, begin, behind + tailBytes);
    return recordEnd;
  }

  #isWhole(lineEnd: number): boolean {
    const { scanEvent, event } = this.#scanners;
    return scanEvent(LINE, lineEnd, event) >= ANSWER.whole && isUtf8(this.#memory.subarray(LINE, lineEnd));
  }
}
