/** @module The tables that the program reads: plans as layout.ts says. */
import {
  type FieldDescriptor,
  GetEventsResponse,
  type MessageDescriptor,
} from "../../../event/description/index.ts";
import { GROUP, ENTRY as NAME_ENTRY } from "../../protobuf/transcode/layout.ts";
import { type FieldPlan, type MessagePlan, plans } from "../plan.ts";
import { CONSTANTS, ENTRY, KIND, TABLES } from "./layout.ts";
import { ASKED, SECOND, type Slots } from "./slots.ts";

const VECTOR_BYTES = 16;
const PARENT = "parent";
const ARGUMENT = "tetragon.KprobeArgument";
/** Numbers that a call gives back. */
const RETURNED: Readonly<Record<string, string>> = { int_arg: "returned", long_arg: "returnedLong" };
const NOTHING: Readonly<Record<string, string>> = {};
const INTEGERS: ReadonlySet<string> = new Set(["int32", "int64", "uint32", "uint64"]);

/** What is known of a field. */
interface Field {
  readonly descriptor: FieldDescriptor;
  readonly plan: FieldPlan | undefined;
  /** What is asked of it besides. */
  readonly asked: string | undefined;
  /** Number of the type of events that it holds; 0 for none. */
  readonly type: number;
  /** Of the message that it is a field of. */
  readonly role: string;
}

/** Writes tables, from {@link TABLES} on. */
export class TableWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #slots: Slots;
  #end = TABLES;
  /** By plan, and by message for those without one. */
  readonly #groups = new Map<unknown, Map<string, number>>();
  /** Names of the slots that values of a group may be put into, by the group's address. */
  readonly #names = new Map<number, ReadonlySet<string>>();
  /** Types of events by their numbers, the first one is 1, and the slots that events of each may have something in. */
  readonly types: string[] = [];
  readonly slotsOf: ReadonlySet<string>[] = [];

  readonly #keepsNothing: boolean;

  /** @param memory All of it. @param keepsNothing Whether only places are noted: nothing stays of the event. */
  constructor(memory: Uint8Array, slots: Slots, keepsNothing = false) {
    this.#keepsNothing = keepsNothing;
    this.#bytes = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset);
    this.#slots = slots;
  }

  /** @returns Address of the group of an event. */
  event(): number {
    const all = [...GetEventsResponse.fields.values()];
    const someType = all.find(({ oneof }) => oneof !== undefined)!.name;
    const fields = all.map((descriptor) => {
      const { name, oneof } = descriptor;
      const type = oneof === undefined ? 0 : this.types.push(name);
      const plan = plans()
        .ofEvent(type === 0 ? someType : name)
        .get(name);
      return { descriptor, plan, asked: undefined, type, role: "" };
    });
    const values = fields.map((field) => ({ type: field.type, ...this.#valueOf(field) }));
    const common = values.filter(({ type }) => type === 0).flatMap(({ names }) => [...names]);
    for (const { type, names } of values) if (type !== 0) this.slotsOf.push(new Set([...common, ...names]));
    return this.#write(fields);
  }

  /** Room for so many bytes. @returns Its address. */
  reserve(count: number): number {
    const address = this.#end;
    this.#end += Math.ceil(count / VECTOR_BYTES) * VECTOR_BYTES;
    if (this.#end > CONSTANTS) throw new RangeError("The tables of documents have no room");
    return address;
  }

  /** @param role The field that holds the message; of all that is within a parent it is that. */
  #group(message: MessageDescriptor, plan: MessagePlan | undefined, role: string): number {
    const key = plan ?? message;
    const known = this.#groups.get(key) ?? new Map<string, number>();
    this.#groups.set(key, known);
    const kind = message.name === ARGUMENT || role === PARENT ? role : "";
    const found = known.get(kind);
    if (found !== undefined) return found;
    const asked = askedOf(message, role);
    const address = this.#write(
      [...message.fields.values()].map((descriptor) => ({
        descriptor,
        plan: plan?.get(descriptor.name),
        asked: asked[descriptor.name],
        type: 0,
        role,
      })),
    );
    known.set(kind, address);
    return address;
  }

  #write(fields: readonly Field[]): number {
    // What they are made of comes first.
    const values = fields.map((field) => this.#valueOf(field));
    const address = this.reserve(GROUP.entries + fields.length * NAME_ENTRY.bytes);
    this.#names.set(address, new Set(values.flatMap(({ names }) => [...names])));
    const view = this.#view;
    view.setUint32(address + GROUP.end, address + GROUP.entries + fields.length * NAME_ENTRY.bytes, true);
    fields.forEach(({ descriptor, plan, type }, i) => {
      const entry = address + GROUP.entries + i * NAME_ENTRY.bytes;
      const { kind, of, slot, second } = values[i]!;
      this.#name(entry, descriptor.name);
      view.setUint32(entry + ENTRY.kind, kind, true);
      view.setUint32(entry + ENTRY.of, of, true);
      view.setUint32(entry + ENTRY.slot, slot, true);
      this.#bytes[entry + ENTRY.isMoved] = this.#keepsNothing || plan?.isMoved === true ? 1 : 0;
      this.#bytes[entry + ENTRY.type] = type;
      view.setUint16(entry + ENTRY.second, second, true);
    });
    return address;
  }

  #name(entry: number, name: string): void {
    const text = Buffer.from(JSON.stringify(name));
    this.#bytes.set(text, entry + NAME_ENTRY.name);
    const mask = entry + NAME_ENTRY.mask;
    this.#bytes.fill(0xff, mask, mask + Math.min(text.length, VECTOR_BYTES));
    this.#view.setUint32(entry + NAME_ENTRY.length, text.length, true);
  }

  #valueOf({ descriptor, plan, asked, role }: Field) {
    const name = plan?.place?.name ?? asked;
    const slot = name === undefined ? 0 : this.#slots.address(name);
    const other = name === undefined ? undefined : SECOND[name];
    const second = other === undefined ? 0 : this.#slots.address(other) - slot;
    const of = this.#ofValue(descriptor, plan, role);
    const names = new Set(this.#names.get(of));
    for (const each of [name, other]) if (each !== undefined) names.add(each);
    return { kind: kindOf(descriptor, plan, name), of, slot, second, names };
  }

  /** Address of what a message is made of. */
  #ofValue({ name, type, cardinality }: FieldDescriptor, plan: FieldPlan | undefined, outer: string): number {
    if (type.kind !== "message" || cardinality === "map") return 0;
    const role = outer === PARENT ? PARENT : name;
    const isAsked = Object.keys(askedOf(type, role)).length > 0;
    if (plan?.within === undefined && !isAsked) return 0;
    return this.#group(type, plan?.within, role);
  }
}

/** @param role The field that holds the message. */
function askedOf({ name }: MessageDescriptor, role: string): Readonly<Record<string, string>> {
  if (role === PARENT) return NOTHING;
  if (name !== ARGUMENT) return ASKED[name] ?? NOTHING;
  if (role === "args") return ASKED[name]!;
  return role === "return" ? RETURNED : NOTHING;
}

/** @param slot Name of its slot. */
function kindOf(descriptor: FieldDescriptor, plan: FieldPlan | undefined, slot: string | undefined): number {
  const { type, cardinality } = descriptor;
  if (plan?.place === undefined && type.kind === "message" && cardinality !== "map") {
    if (plan?.within === undefined) return KIND.any;
    if (cardinality === "repeated") return KIND.list;
    return hasMoved(plan.within) ? KIND.taken : KIND.object;
  }
  if (slot === "process.env_vars") return KIND.unsure;
  if (slot === undefined || cardinality !== "single" || type.kind === "bool") return KIND.any;
  if (type.kind === "timestamp") return KIND.time;
  if (!INTEGERS.has(type.kind)) return KIND.text;
  return plan?.place === undefined ? KIND.any : KIND.integer;
}

function hasMoved(plan: MessagePlan): boolean {
  for (const { isMoved, within } of plan.values())
    if (isMoved || (within !== undefined && hasMoved(within))) return true;
  return false;
}
