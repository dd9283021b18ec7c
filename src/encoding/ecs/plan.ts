/** @module What becomes of the fields of events, made of the description of events and what it says of the schema. */
import {
  ADDED_EVENT_TYPES,
  annotationOf,
  type FieldDescriptor,
  GetEventsResponse,
  METADATA_MESSAGES,
  type MessageDescriptor,
  Process,
} from "../../event/description/index.ts";
import { ECS_FIELDS, type EcsField } from "./fields.ts";
import { numberOf } from "./found.ts";

/** What becomes of a field. */
export interface FieldPlan {
  /** What it is in the schema. */
  readonly place: EcsField | undefined;
  /** The number of the place. */
  readonly at: number;
  /** Whether the value is only there. */
  readonly isMoved: boolean;
  /** Of a message, or of each item of a list of them. */
  readonly within: MessagePlan | undefined;
}

/** What becomes of the fields of a message, by name. One that is not here stays where it is. */
export type MessagePlan = ReadonlyMap<string, FieldPlan>;

/** By name. */
export const PLACES: ReadonlyMap<string, EcsField> = new Map(ECS_FIELDS.map((field) => [field.name, field]));

/** The number of no place. */
export const NOWHERE = -1;

/** What a field is called, of whose process it is. */
type Rename = (name: string) => string | undefined;

const AS_IT_IS: Rename = (name) => name;
const PROCESS_PREFIX = "process.";

/** What is said of a process is said of the parent; where it runs is said of the process alone. */
const OF_PARENT: Rename = (name) =>
  name.startsWith(PROCESS_PREFIX) ? `process.parent.${name.slice(PROCESS_PREFIX.length)}` : undefined;

/** What happened to the parents of a parent is nobody's place. */
const UNPLACED: ReadonlySet<string> = new Set(["ancestors"]);

/** Messages that stand in many have one plan for each of their roles. */
const made = new Map<Rename, Map<MessageDescriptor, MessagePlan | undefined>>();

function planOf(message: MessageDescriptor, rename: Rename): MessagePlan | undefined {
  const plansOf = made.get(rename) ?? new Map<MessageDescriptor, MessagePlan | undefined>();
  made.set(rename, plansOf);
  if (!plansOf.has(message)) plansOf.set(message, makePlan(message, rename));
  return plansOf.get(message);
}

function makePlan(message: MessageDescriptor, rename: Rename): MessagePlan | undefined {
  const plan = new Map<string, FieldPlan>();
  for (const field of message.fields.values()) {
    const found = fieldPlan(message, field, rename);
    if (found !== undefined) plan.set(field.name, found);
  }
  return plan.size === 0 ? undefined : plan;
}

function fieldPlan(
  message: MessageDescriptor,
  field: FieldDescriptor,
  rename: Rename,
): FieldPlan | undefined {
  const { ecs, isMoved = false } = annotationOf(message, field);
  const name = ecs === undefined ? undefined : rename(ecs);
  const place = name === undefined ? undefined : PLACES.get(name);
  const within = withinOf(field, rename);
  if (place === undefined && within === undefined) return undefined;
  const at = place === undefined ? NOWHERE : numberOf(place.name);
  return { place, at, isMoved: isMoved && place !== undefined, within };
}

/** Messages of events do not hold themselves, but for processes, which are never looked into twice. */
function withinOf({ name, type, cardinality }: FieldDescriptor, rename: Rename): MessagePlan | undefined {
  if (type.kind !== "message" || cardinality === "map" || UNPLACED.has(name)) return undefined;
  return planOf(type, type === Process && name === "parent" ? OF_PARENT : rename);
}

function withProcesses(): MessagePlan {
  const field = (within: MessagePlan) => ({ place: undefined, at: NOWHERE, isMoved: false, within });
  return new Map([
    ["process", field(planOf(Process, AS_IT_IS)!)],
    ["parent", field(planOf(Process, OF_PARENT)!)],
  ]);
}

/** Plans of all that is sent. */
export class Plans {
  /** Of events, by their type. */
  readonly #events = new Map<string, MessagePlan>();
  readonly #common = new Map<string, FieldPlan>();
  readonly #unknown = withProcesses();
  readonly #metadata: ReadonlyMap<string, MessagePlan>;

  constructor() {
    const types = new Map<string, MessagePlan | undefined>();
    for (const field of GetEventsResponse.fields.values()) {
      const plan = fieldPlan(GetEventsResponse, field, AS_IT_IS);
      if (field.oneof !== undefined) types.set(field.name, plan?.within);
      else if (plan !== undefined) this.#common.set(field.name, plan);
    }
    for (const [name, message] of ADDED_EVENT_TYPES) types.set(name, planOf(message, AS_IT_IS));
    for (const [name, within] of types) this.#events.set(name, this.#eventPlan(name, within));
    this.#metadata = new Map(
      Object.entries(METADATA_MESSAGES).map(([name, message]) => [
        name,
        planOf(message as MessageDescriptor, AS_IT_IS)!,
      ]),
    );
  }

  /** Types of events that are described. */
  get eventTypes(): string[] {
    return [...this.#events.keys()];
  }

  /** Of an event. One whose type nobody knows has a process at most. */
  ofEvent(type: string): MessagePlan {
    return this.#events.get(type) ?? this.#eventPlan(type, this.#unknown);
  }

  /** Of a metadata event of that name. */
  ofMetadata(name: string): MessagePlan {
    return this.#metadata.get(name)!;
  }

  #eventPlan(type: string, within: MessagePlan | undefined): MessagePlan {
    return new Map([...this.#common, [type, { place: undefined, at: NOWHERE, isMoved: false, within }]]);
  }
}

let all: Plans | undefined;

/** Made when they are first asked for. */
export function plans(): Plans {
  all ??= new Plans();
  return all;
}
