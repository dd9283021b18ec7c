/** @module Makes events of the records of policies. */
import { createRecordView, defineRecord } from "../../../kernel/record/index.ts";
import {
  type CompiledHook,
  DATA_HOOK,
  type DecodedCall,
  decodePlan,
  POLICY_HEADER,
} from "../../../policy/compile/index.ts";
import type { DecoderContext } from "../probe/index.ts";
import type { Process } from "../process/process.ts";
import { BufferPieces } from "./buffer-data.ts";
import { type CallStacks, type PolicyEvents, policyEvents } from "./event.ts";
import { StackTraces } from "./stack-trace.ts";

/** Takes the records of one program. */
type RecordHandler = (offset: number) => void;

/** Takes the records of all programs, by their numbers. */
export class PolicyRecords {
  readonly #context: DecoderContext;
  readonly #memory: ArrayBuffer;
  readonly #header;
  readonly #stacks: StackTraces;
  readonly #data: BufferPieces;
  readonly #handlers = new Map<number, RecordHandler>();

  /** @param memory The ring's. */
  constructor(context: DecoderContext, memory: ArrayBuffer) {
    this.#context = context;
    this.#stacks = new StackTraces(context.settings.procfs ?? "/proc");
    this.#memory = memory;
    this.#header = createRecordView(defineRecord(POLICY_HEADER, {}), memory);
    this.#data = new BufferPieces(memory);
    this.#handlers.set(DATA_HOOK, (offset) => this.#data.add(offset));
  }

  /** From now on the records of a program become events. */
  add(compiled: CompiledHook): void {
    const { hook, plan, layout, points } = compiled;
    if (plan.stacks.length > 0) this.#stacks.prepare();
    const decoders = decodePlan(compiled, this.#memory, this.#data).map(({ entry, decode }) => ({
      decode,
      events: points.map((point) => policyEvents(entry, point)),
    }));
    const { place } = layout.fields;
    const words = new DataView(this.#memory);
    this.#handlers.set(hook, (offset) => {
      let process: Process | undefined;
      let isSought = false;
      for (const { decode, events } of decoders) {
        const call = decode(offset);
        if (call === undefined) continue;
        if (!isSought) process = this.#process(offset);
        isSought = true;
        const { kind, members } =
          events[place === undefined ? 0 : words.getUint32(offset + place.offset, true)]!;
        this.#post(offset, kind, process, members(call, this.#stacksOf(call, offset)));
      }
      this.#data.forgetTaken();
    });
  }

  #stacksOf({ kernelStack, userStack }: DecodedCall, offset: number): CallStacks {
    return {
      kernel: kernelStack === undefined ? [] : this.#stacks.ofKernel(kernelStack),
      user: userStack === undefined ? [] : this.#stacks.ofProcess(this.#header.at(offset).pid, userStack),
    };
  }

  /** Forgets a program. */
  delete(hook: number): void {
    this.#handlers.delete(hook);
  }

  /** Makes events of the record at `offset`. */
  handle(offset: number): void {
    this.#handlers.get(this.#header.at(offset).hook)?.(offset);
  }

  /** The process that a record is about. One that nobody has heard of is looked for where it still runs. */
  #process(offset: number): Process | undefined {
    const { processes } = this.#context;
    const record = this.#header.at(offset);
    const known = processes.find(record);
    if (known !== undefined) return known;
    processes.moved(record);
    return processes.find(record);
  }

  #post(
    offset: number,
    kind: PolicyEvents["kind"],
    process: Process | undefined,
    members: Parameters<PolicyEvents["kind"]["add"]>[2],
  ): void {
    const record = this.#header.at(offset);
    const { events } = this.#context;
    if (events.isFull) events.flush();
    events.add(kind, process, record, record.tid, record.time_high, record.time_low, members);
  }
}
