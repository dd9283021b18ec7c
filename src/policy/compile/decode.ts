/** @module From a record to what each policy's event says. */
import type { RecordLayout } from "../../kernel/record/index.ts";
import { createRecordView } from "../../kernel/record/index.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import type { Action, Argument, RequestAction } from "../policy.ts";
import type { ArgumentReader, ReadingView } from "./argument/index.ts";
import type { BufferData } from "./buffer-data.ts";
import { hashText, postsHash } from "./file-hash.ts";
import { type Plan, type PlannedSelector, type PolicyEntry, RESULT } from "./plan.ts";
import { READING_STATE, type Reading } from "./reading.ts";
import { FIELD } from "./record-field.ts";
import { isNumber, type Returned } from "./returned.ts";
import type { StackKind } from "./stack-trace.ts";

/** What became of an action that enforces: it was carried out, it failed, or the policy only monitors. */
export type ActionResult =
  | "signal_sent"
  | "signal_failed"
  | "overridden"
  | "set_failed"
  | "enforcer_notified"
  | "monitored";

const RESULTS: readonly (readonly [bit: number, result: ActionResult])[] = [
  [RESULT.signalled, "signal_sent"],
  [RESULT.signalFailed, "signal_failed"],
  [RESULT.overridden, "overridden"],
  [RESULT.notified, "enforcer_notified"],
  [RESULT.setFailed, "set_failed"],
  [RESULT.monitored, "monitored"],
];
/** What became of actions, by all values of a byte of {@link RESULT}: events share the lists. */
const RESULTS_OF: readonly (readonly ActionResult[])[] = Array.from({ length: 1 << 8 }, (_, bits) =>
  RESULTS.flatMap(([bit, result]) => ((bits & bit) === 0 ? [] : result)),
);

/** What an event of a policy says besides its process and time. */
export interface DecodedCall {
  readonly args: readonly JsonObject[];
  readonly data: readonly JsonObject[];
  /** What the function returned. */
  readonly returned: JsonObject | undefined;
  /** `KprobeAction` of the API: the last one that was asked for. */
  readonly action: string;
  readonly returnAction: string;
  /** What became of actions that enforce: nothing where there is none. */
  readonly results: readonly ActionResult[];
  /** Addresses of what led to the call, the last one first; `undefined` where nobody asks for them. */
  readonly kernelStack: BigUint64Array | undefined;
  readonly userStack: BigUint64Array | undefined;
  /** The frames of {@link userStack} once more: {@link BUILD_ID_FRAME_SIZE} bytes of each. */
  readonly userFrames: Uint8Array | undefined;
  /** What the agent is to ask others for. */
  readonly requests: readonly RequestAction[];
  /** The file's digest, `sha256:...`; `undefined` where nobody asks for it, or there is none. */
  readonly imaHash: string | undefined;
}

/** What a record says to one entry. */
export interface EntryDecoder {
  readonly entry: PolicyEntry;
  /** What it says in the record at `offset`, or `undefined` where the entry posts nothing. */
  decode(offset: number): DecodedCall | undefined;
}

type View = Record<string, unknown> & { at(offset: number): View };

/** Makes decoders of a program's records, which lie in `memory`. @param data What came before them. */
export function decodePlan(
  { plan, layout }: { readonly plan: Plan; readonly layout: RecordLayout },
  memory: ArrayBuffer,
  data: BufferData,
): EntryDecoder[] {
  const view = createRecordView(layout, memory) as unknown as View;
  const readings = plan.readings.map(({ index, reader }) => {
    const value = (name: string) => FIELD.value(index, name);
    const names = { state: FIELD.state(index), bytes: FIELD.bytes(index), value };
    return new DecodedReading(view, reader, names, (id, position) =>
      data.take({ tid: view.tid as number, id, reading: index }, position),
    );
  });
  return plan.entries.map((entry) => {
    const stacks = (selector: PlannedSelector, wanted: StackKind) =>
      plan.stacks.some(({ kind, selectors }) => kind === wanted && selectors.includes(selector));
    const bytesOf = (kind: StackKind) => view[FIELD.stack(kind)] as Uint8Array;
    const stackIn = (kind: StackKind): BigUint64Array => {
      // A record may begin its bytes anywhere.
      const bytes = bytesOf(kind);
      return new BigUint64Array(bytes.slice(0, bytes.length & ~7).buffer);
    };
    const selectors = entry.selectors.map((selector) => ({
      hasKernelStack: stacks(selector, "kernel"),
      hasUserStack: stacks(selector, "user"),
      field: FIELD.result(selector.index),
      hasHash: postsHash(selector),
      requests: [...selector.actions, ...selector.returnActions].filter(isRequest),
      action: actionName(selector.actions),
      returnAction: actionName(selector.returnActions),
    }));
    const args = printers(entry.args, entry.entry.hook.args, readings);
    const data = printers(entry.data, entry.entry.hook.data, readings);
    const returned = entry.returned && returnReader(view, entry.returned, entry.entry.hook.returnValue!);
    return {
      entry: entry.entry,
      decode(offset) {
        view.at(offset);
        for (const {
          field,
          action,
          returnAction,
          requests,
          hasHash,
          hasKernelStack,
          hasUserStack,
        } of selectors) {
          const bits = view[field] as number;
          if ((bits & RESULT.posted) === 0) continue;
          return {
            args: print(args),
            data: print(data),
            returned: returned?.(),
            action,
            returnAction,
            requests,
            imaHash: hasHash ? hashText(view) : undefined,
            results: RESULTS_OF[bits]!,
            kernelStack: hasKernelStack ? stackIn("kernel") : undefined,
            userStack: hasUserStack ? stackIn("user") : undefined,
            userFrames: hasUserStack ? bytesOf("build_id").slice() : undefined,
          };
        }
        return undefined;
      },
    };
  });
}

function isList(value: ReturnType<Printer>): value is readonly JsonObject[] {
  return Array.isArray(value);
}

/** Prints an argument of an entry. */
type Printer = () => JsonObject | readonly JsonObject[] | undefined;

function print(all: readonly Printer[]): JsonObject[] {
  const values: JsonObject[] = [];
  for (const printer of all) {
    const value = printer();
    if (isList(value)) values.push(...value);
    else if (value !== undefined) values.push(value);
  }
  return values;
}

function printers(
  used: readonly Reading[],
  args: readonly Argument[],
  readings: readonly DecodedReading[],
): Printer[] {
  return used.map(({ index }, place) => {
    const { label } = args[place]!;
    const reading = readings[index]!;
    return () => {
      const value = reading.value();
      if (value !== undefined && !isList(value) && label !== "") value.label = label;
      return value;
    };
  });
}

/** What an argument says that could not be read. */
const UNREADABLE = "Bad address for basic type";
/** The same where a pointer on the way to it leads nowhere: which one. */
const LOST = "Bad address encountered during resolve dereference at depth";

/** An argument in a record. */
class DecodedReading implements ReadingView {
  readonly #view: View;
  readonly #reader: ArgumentReader;
  readonly #state: string;
  readonly #bytes: string;
  readonly #fields: Readonly<Record<string, string>>;
  readonly beyond: ReadingView["beyond"];

  constructor(
    view: View,
    reader: ArgumentReader,
    names: { readonly state: string; readonly bytes: string; readonly value: (field: string) => string },
    beyond: ReadingView["beyond"] = () => [],
  ) {
    this.beyond = beyond;
    this.#view = view;
    this.#reader = reader;
    this.#state = names.state;
    this.#bytes = names.bytes;
    this.#fields = Object.fromEntries(Object.keys(reader.fields).map((name) => [name, names.value(name)]));
  }

  number(field: string): number {
    return this.#view[this.#fields[field]!] as number;
  }

  wide(field: string): bigint {
    return this.#view[this.#fields[field]!] as bigint;
  }

  get bytes(): Uint8Array {
    return this.#view[this.#bytes] as Uint8Array;
  }

  /** The member of `KprobeArgument`. */
  value(): ReturnType<Printer> {
    const depth = (this.#view[this.#state] as number) - READING_STATE.failed;
    if (depth >= 0) return { error_arg: { Message: depth === 0 ? UNREADABLE : `${LOST} ${depth}` } };
    return this.#reader.value(this);
  }
}

function returnReader(view: View, returned: Returned, { label }: Argument): () => JsonObject | undefined {
  const { index, reader } = returned;
  const number = { wide: () => view[FIELD.returned] as bigint } as unknown as ReadingView;
  const names = {
    state: FIELD.returnedState(index),
    bytes: FIELD.returnedBytes(index),
    value: (name: string) => FIELD.returnedValue(index, name),
  };
  const pointed = new DecodedReading(view, reader, names);
  return () => {
    const value = isNumber(returned) ? reader.value(number) : pointed.value();
    if (value === undefined || isList(value)) return undefined;
    if (label !== "") value.label = label;
    return value;
  };
}

function isRequest(action: Action): action is RequestAction {
  return action.action === "GetUrl" || action.action === "DnsLookup";
}

/** `KprobeAction` of the last of some actions. */
function actionName(actions: readonly Action[]): string {
  const last = actions.at(-1);
  if (last === undefined) return "KPROBE_ACTION_POST";
  const name = last.action === "Signal" && last.isSigkill ? "SIGKILL" : last.action.toUpperCase();
  return `KPROBE_ACTION_${name}`;
}
