/** @module Makes events of the records of policies. */
import { createRecordView, defineRecord } from "../../../kernel/record/index.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import {
  type CompiledHook,
  DATA_HOOK,
  type DecodedCall,
  decodePlan,
  POLICY_HEADER,
} from "../../../policy/compile/index.ts";
import type { Policy, RequestAction } from "../../../policy/policy.ts";
import type { RequestResult } from "../../../policy/registry/index.ts";
import type { DecoderContext } from "../probe/index.ts";
import type { Process } from "../process/process.ts";
import { BufferPieces } from "./buffer-data.ts";
import { type CallStacks, type PolicyEvents, policyEvents } from "./event.ts";
import { EventCounts } from "./event-counts.ts";
import { MappedFiles } from "./mapped-files.ts";
import { ownProcess } from "./own-process.ts";
import { PolicyRequests } from "./requests.ts";
import { StackTraces } from "./stack-trace.ts";

const NO_STACKS: CallStacks = { kernel: [], user: [] };

/** What is known of a program whose records become events. */
type DecodedHook = Pick<CompiledHook, "hook" | "plan" | "layout" | "points">;

/** Takes the records of one program. */
type RecordHandler = (offset: number) => void;

/** Takes the records of all programs, by their numbers. */
export class PolicyRecords implements Disposable {
  readonly #context: DecoderContext;
  readonly #memory: ArrayBuffer;
  readonly #header;
  readonly #stacks: StackTraces;
  readonly #requests: PolicyRequests | undefined;
  /** The agent's number, where it asks others. */
  readonly #own: number | undefined;
  readonly counts = new EventCounts();
  readonly #data: BufferPieces;
  readonly #mapped = new MappedFiles();
  readonly #handlers = new Map<number, RecordHandler>();

  /** @param memory The ring's. */
  constructor(context: DecoderContext, memory: ArrayBuffer) {
    this.#context = context;
    const { procfs = "/proc", exposesStackAddresses: exposesAddresses, policyRequests } = context.settings;
    this.#requests = policyRequests === true ? new PolicyRequests() : undefined;
    const own = this.#requests && ownProcess();
    // Events have the host's numbers.
    this.#own = own?.namespace === undefined ? own?.pid : undefined;
    this.#stacks = new StackTraces(procfs, { exposesAddresses });
    this.#memory = memory;
    this.#header = createRecordView(defineRecord(POLICY_HEADER, {}), memory);
    this.#data = new BufferPieces(memory);
    this.#handlers.set(DATA_HOOK, (offset) => this.#data.add(offset));
  }

  /** From now on the records of a program become events. What makes them is made with the first: most hooks are quiet. */
  add(compiled: DecodedHook): void {
    const { hook, plan } = compiled;
    const hasStack = (wanted: string) => plan.stacks.some(({ kind }) => kind === wanted);
    this.#stacks.prepare({ kernel: hasStack("kernel"), user: hasStack("user") });
    this.#handlers.set(hook, (offset) => {
      const handler = this.#handlerOf(compiled);
      this.#handlers.set(hook, handler);
      handler(offset);
    });
  }

  #handlerOf(compiled: DecodedHook): RecordHandler {
    const { layout, points } = compiled;
    const decoders = decodePlan(compiled, this.#memory, this.#data).map(({ entry, decode }) => ({
      decode,
      policy: entry.policy,
      events: points.map((point, place) => policyEvents(entry, point, place)),
    }));
    const { place } = layout.fields;
    const words = new DataView(this.#memory);
    return (offset) => {
      let process: Process | undefined;
      let isSought = false;
      for (const { decode, events, policy } of decoders) {
        const call = decode(offset);
        if (call === undefined) continue;
        if (!isSought) process = this.#process(offset);
        isSought = true;
        const { kind, members } =
          events[place === undefined ? 0 : words.getUint32(offset + place.offset, true)]!;
        if (call.requests.length > 0) this.#request(call.requests, offset, policy);
        const payload = members(call, this.#stacksOf(call, offset, { policy, process }));
        if (kind.type === "process_loader" && this.#isMapped(offset, payload)) continue;
        this.#post(offset, kind, process, payload);
      }
      this.#data.forgetTaken();
    };
  }

  #isMapped(offset: number, { path }: JsonObject): boolean {
    return this.#mapped.sawBefore(this.#header.at(offset).pid, String(path));
  }

  #stacksOf(
    { kernelStack, userStack: addresses, userFrames: frames }: DecodedCall,
    offset: number,
    { policy, process }: { readonly policy: Policy; readonly process: Process | undefined },
  ): CallStacks {
    if (kernelStack === undefined && addresses === undefined) return NO_STACKS;
    const { pid } = this.#header.at(offset);
    const binary = process?.image.binary ?? "";
    const kernel = kernelStack && this.#stacks.ofKernel(kernelStack);
    const user = addresses && this.#stacks.ofProcess({ pid, binary, addresses, frames: frames! });
    if (kernel !== undefined) this.counts.stack(policy, "kernel", kernel.result);
    if (user !== undefined) this.counts.stack(policy, "user", user.result);
    return { kernel: kernel?.entries ?? [], user: user?.entries ?? [] };
  }

  /** Has the agent ask others. What it does for that may be an event itself, which asks for nothing. */
  #request(requests: readonly RequestAction[], offset: number, policy: Policy): void {
    const isOwn = this.#header.at(offset).pid === this.#own;
    for (const request of requests) {
      const done = (result: RequestResult) => this.counts.request(policy, request.action, result);
      if (this.#requests === undefined) done("disabled");
      else if (isOwn) done("dropped");
      else this.#requests.make(request, done);
    }
  }

  /** Requests end. */
  [Symbol.dispose](): void {
    this.#requests?.[Symbol.dispose]();
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
