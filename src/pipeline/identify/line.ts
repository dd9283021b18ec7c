/** @module A line about containers whose pods it does not say: which these are, and the line with their pods. */
import type { Edit } from "../../event/edit/edit.ts";
import { itemsOf, type LineBytes, membersOf, type TextMember } from "../../event/edit/walk.ts";
import { CLOSE_BRACE, OPEN_BRACE, OPEN_BRACKET, skipSpace } from "../../event/scan/line.ts";
import { asObject, type JsonObject } from "../../lib/json/object.ts";
import type { Container, ContainerSource } from "../enrich/container.ts";
import { Subject, stringField } from "../subject.ts";

/** What of the node events get beside their pods, where they do not have it. */
export interface NodeFacts {
  readonly node_name?: string;
  readonly cluster_name?: string;
  readonly node_labels?: Readonly<Record<string, string>>;
}

/** A process of an event, and the container that it runs in; `undefined` for none, or where the event says the pod. */
interface Contained {
  readonly process: JsonObject;
  readonly container: Container | undefined;
}

/** Characters of an id by which a container is known. */
const ID_LENGTH = 31;

const subject = new Subject();

/** The line as it was decoded, and the containers in it. */
export class IdentifiableLine {
  /** Of the process that it is about; 0 for none. */
  readonly pid: number;
  /** The text, where it had to be kept. */
  text: Uint8Array | undefined;
  readonly bytes: number;
  readonly #event: JsonObject;
  readonly #type: string;
  readonly #process: Contained | undefined;
  readonly #parent: Contained | undefined;
  readonly #ancestors: readonly (Contained | undefined)[];

  /** @param bytes Length of the line. */
  constructor(event: JsonObject, bytes: number, source: ContainerSource) {
    subject.set(event);
    const { type, process, parent, ancestors } = subject;
    this.bytes = bytes;
    this.#event = event;
    this.#type = type;
    const pid = process?.pid;
    this.pid = typeof pid === "number" ? pid : 0;
    this.#process = containedIn(process, source);
    this.#parent = containedIn(parent, source);
    this.#ancestors = ancestors.map((each) => containedIn(asObject(each), source));
  }

  /** What is to be waited for; `undefined` when nothing is (any more). */
  get question(): Promise<unknown> | undefined {
    for (const contained of [this.#process, this.#parent, ...this.#ancestors]) {
      const { container } = contained ?? {};
      if (container === undefined || container.identity !== undefined) continue;
      const { question } = container;
      if (question !== undefined) return question;
    }
    return undefined;
  }

  /** What is added to the text, which begins at `start` in `line`. */
  edits(line: LineBytes, start: number, node: NodeFacts): Edit[] {
    const edits: Edit[] = [];
    const { members, close } = objectAt(line, skipSpace(line.bytes, start));
    const payload = members.findLast(({ name }) => name === this.#type);
    if (payload === undefined) return edits;
    for (const member of objectAt(line, payload.value).members) {
      if (member.name === "process") addPod(line, member.value, this.#process, edits);
      else if (member.name === "parent") addPod(line, member.value, this.#parent, edits);
      else if (member.name === "ancestors" && line.bytes[member.value] === OPEN_BRACKET)
        for (const [i, item] of itemsOf(line, member.value).items.entries())
          addPod(line, item.start, this.#ancestors[i], edits);
    }
    if (edits.length > 0) addMembers(close, members, this.#missing(node), edits);
    return edits;
  }

  #missing(node: NodeFacts): JsonObject {
    return Object.fromEntries(
      Object.entries(node).filter(([name, value]) => value !== undefined && this.#event[name] === undefined),
    );
  }
}

function containedIn(process: JsonObject | undefined, source: ContainerSource): Contained | undefined {
  if (process === undefined || (process.pod !== undefined && process.pod !== null)) return undefined;
  const id = stringField(process, "docker");
  return id === "" ? undefined : { process, container: source.find(id.slice(0, ID_LENGTH)) };
}

function objectAt(line: LineBytes, at: number): ReturnType<typeof membersOf> {
  return line.bytes[at] === OPEN_BRACE ? membersOf(line, at) : { members: [], close: at };
}

/** Adds the pod to the process whose text begins at `at`, if it is known. */
function addPod(line: LineBytes, at: number, contained: Contained | undefined, edits: Edit[]): void {
  const identity = contained?.container?.identity;
  if (contained === undefined || identity === undefined) return;
  const { members, close } = objectAt(line, at);
  if (line.bytes[close] !== CLOSE_BRACE) return;
  const { process } = contained;
  const isProbe = identity.maybeExecProbe({
    binary: stringField(process, "binary"),
    filename: stringField(process, "filename"),
    arguments: stringField(process, "arguments"),
  });
  // Another agent has not said what number the process has in its container.
  addMembers(close, members, { pod: identity.pod(0, isProbe) }, edits);
}

function addMembers(close: number, members: readonly TextMember[], added: JsonObject, edits: Edit[]): void {
  const text = JSON.stringify(added).slice(1, -1);
  if (text !== "") edits.push({ start: close, end: close, text: members.length === 0 ? text : `,${text}` });
}
