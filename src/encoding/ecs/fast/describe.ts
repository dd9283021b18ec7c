/** @module What an event is and what it is about, said of the places of its values: as `document.ts` says it of an object. */
import { isIP } from "node:net";
import type { SliceableBuffer } from "../../../lib/bytes.ts";
import { isAction } from "../actions.ts";
import { type Call, callOf } from "../calls.ts";
import { type Class, callNameIn, classify, type Spelling } from "../classify.ts";
import { FAMILIES, fileType, NAMES_ANEW, octal, transportOf, UNSPECIFIED } from "../derive.ts";
import type { EventTexts } from "./event-texts.ts";
import type { Slots } from "./slots.ts";

/** Texts of one document that are not those of its event, at most. */
const ROOM = 1024;
const PLAIN_TEXT = /^"[ !#-[\]-~]*"$/;

/** What a {@link Describer} is given. */
export interface DescriberSettings {
  /** All of it, and the same as words. */
  readonly memory: SliceableBuffer;
  readonly words: Uint32Array;
  readonly slots: Slots;
  /** Types of events by their numbers, the first one is 1. */
  readonly types: readonly string[];
  readonly texts: EventTexts;
  readonly spelling: Spelling;
}

/** The slots that are looked at, as numbers of words. */
const NAMES = {
  time: "@timestamp",
  event: "event",
  call: "call",
  subsystem: "subsystem",
  message: "rule.description",
  action: "action",
  returned: "returned",
  returnedLong: "returnedLong",
  number: "number",
  text: "text",
  text2: "text2",
  signal: "signal",
  status: "process.exit_code",
  sourceIp: "source.ip",
  sourcePort: "source.port",
  destinationIp: "destination.ip",
  destinationPort: "destination.port",
  transport: "network.transport",
  family: "network.type",
  direction: "network.direction",
  relatedIp: "related.ip",
  path: "file.path",
  target: "file.target_path",
  mode: "file.mode",
  fileType: "file.type",
} as const;
type Slot = keyof typeof NAMES;

/** Says it of one event after another. */
export class Describer {
  readonly #settings: DescriberSettings;
  readonly #words: Uint32Array;
  readonly #at: Readonly<Record<Slot, number>>;
  /** Of events that are told apart by their type alone, by its number. */
  readonly #plain: (string | undefined)[] = [];
  #isSure = true;

  constructor(settings: DescriberSettings) {
    this.#settings = settings;
    this.#words = settings.words;
    this.#at = Object.fromEntries(
      Object.entries(NAMES).map(([slot, name]) => [slot, settings.slots.address(name) / 4]),
    ) as Record<Slot, number>;
  }

  /** Sets what follows from the other slots. @param type Number of the event's type. @returns Whether it is sure. */
  describe(type: number): boolean {
    const name = this.#begin(type);
    if (name === undefined) return false;
    if (isLife(name)) this.#describeLife(name, type);
    else this.#describeOther(name);
    return this.#isSure;
  }

  /** {@link describe} for those who ask what files and sockets an event is about, and not what it is. */
  describeObjects(type: number): boolean {
    const name = this.#begin(type);
    if (name === undefined) return false;
    if (isLife(name)) return true;
    const hasMode = this.#has("mode");
    const hasSocket = this.#hasSocket;
    if (!hasMode && !hasSocket && (!this.#has("text") || this.#has("path"))) return true;
    const call = this.#takeCall(name);
    if (hasMode) this.#describeMode();
    if (hasSocket) this.#describeSocket(this.#classOf(name, call, this.#message()).action);
    return this.#isSure;
  }

  /** @returns Name of the type; nothing where it has to be left to others. */
  #begin(type: number): string | undefined {
    if (!this.#has("time")) return undefined;
    this.#isSure = true;
    this.#settings.texts.makeRoom(ROOM);
    return this.#settings.types[type - 1];
  }

  #describeLife(name: string, type: number): void {
    const isFailure =
      name === "process_exit" &&
      (this.#has("signal") || (this.#has("status") && this.#text("status") !== "0"));
    const i = 2 * type + Number(isFailure);
    const outcome = isFailure ? "failure" : "success";
    this.#plain[i] ??= this.#eventText(this.#classOf(name, undefined, undefined), outcome);
    this.#set("event", this.#plain[i]);
  }

  #describeOther(name: string): void {
    const is = this.#classOf(name, this.#takeCall(name), this.#message());
    if (this.#has("path") || this.#has("mode")) this.#describeFile(is.action);
    if (this.#hasSocket) this.#describeSocket(is.action);
    const kind = name === "rate_limit_info" ? "metric" : "event";
    this.#set("event", this.#eventText(is, this.#outcome(), kind));
  }

  /** The call that the event is about, whose texts are taken for paths where they are. */
  #takeCall(name: string): Call | undefined {
    const callName = callNameIn(
      name,
      this.#has("call") ? this.#inner("call") : undefined,
      name === "process_tracepoint" && this.#has("subsystem") ? this.#inner("subsystem") : undefined,
    );
    const call = callName === undefined ? undefined : callOf(callName);
    if (call?.takesPath === true && !this.#has("path")) this.#takePath();
    return call;
  }

  /** What the policy says, where that is an action: it has no escapes. */
  #message(): string | undefined {
    const message = this.#has("message") ? this.#text("message").slice(1, -1) : undefined;
    return isAction(message) ? message : undefined;
  }

  #classOf(type: string, call: Call | undefined, message: string | undefined): Class {
    const isAboutSocket = this.#has("sourceIp") || this.#has("destinationIp");
    const mask = call?.hasMask === true && this.#has("number") ? this.#number("number") : undefined;
    const traits = { type, call, message, mask, isAboutSocket, isAboutFile: this.#has("path") };
    return classify(traits, this.#settings.spelling);
  }

  #eventText(is: Class, outcome: string | undefined, kind = "event"): string {
    return this.#settings.texts.eventText(kind, is, outcome);
  }

  #outcome(): string | undefined {
    if (this.#has("action") && this.#text("action") === '"KPROBE_ACTION_OVERRIDE"') return "failure";
    const slot = this.#has("returned") ? "returned" : "returnedLong";
    if (!this.#has(slot)) return undefined;
    const value = this.#text(slot);
    return value.startsWith("-") || value.startsWith('"-') ? "failure" : "success";
  }

  /** The texts of a system call are its paths. */
  #takePath(): void {
    this.#move("text", "path");
    this.#move("text2", "target");
  }

  #describeFile(action: string): void {
    if (!NAMES_ANEW.has(action)) this.#clear("target");
    if (this.#has("mode")) this.#describeMode();
  }

  #describeMode(): void {
    const permission = this.#inner("mode");
    this.#setText("mode", octal(permission));
    this.#setText("fileType", fileType(permission));
  }

  #describeSocket(action: string): void {
    if (action === "socket_bind" && !this.#has("sourceIp")) {
      this.#move("destinationIp", "sourceIp");
      this.#move("destinationPort", "sourcePort");
    }
    const source = this.#ip("sourceIp");
    let destination = this.#ip("destinationIp");
    const isLocal = action === "socket_listen" || action === "socket_bind";
    const hasPort = this.#has("destinationPort") && this.#number("destinationPort") !== 0;
    if (isLocal && destination !== undefined && UNSPECIFIED.has(destination) && !hasPort) {
      this.#clear("destinationIp");
      this.#clear("destinationPort");
      destination = undefined;
    }
    const ip = source ?? destination;
    const family = this.#has("family") ? FAMILIES[this.#inner("family")] : undefined;
    this.#setText("family", family ?? (ip === undefined ? undefined : `ipv${isIP(ip)}`));
    if (this.#has("transport")) this.#setText("transport", transportOf(this.#inner("transport")));
    if (action === "socket_connect" && ip !== undefined) this.#setText("direction", "egress");
    const all = [...new Set([source, destination].filter((each) => each !== undefined))];
    if (all.length > 0) this.#set("relatedIp", JSON.stringify(all));
  }

  /** An address; what is none is left to others. */
  #ip(slot: Slot): string | undefined {
    if (!this.#has(slot)) return undefined;
    const text = this.#inner(slot);
    if (isIP(text) === 0) this.#isSure = false;
    return text;
  }

  get #hasSocket(): boolean {
    const has = this.#has("sourceIp") || this.#has("destinationIp");
    return has || this.#has("transport") || this.#has("family");
  }

  #has(slot: Slot): boolean {
    return this.#words[this.#at[slot]] !== 0;
  }

  #clear(slot: Slot): void {
    this.#words[this.#at[slot]] = 0;
  }

  #move(from: Slot, to: Slot): void {
    const [source, target] = [this.#at[from], this.#at[to]];
    this.#words[target] = this.#words[source]!;
    this.#words[target + 1] = this.#words[source + 1]!;
    this.#words[source] = 0;
  }

  /** The value as it stands in the line. */
  #text(slot: Slot): string {
    const at = this.#at[slot];
    return this.#settings.memory.latin1Slice(this.#words[at]!, this.#words[at + 1]!);
  }

  /** What a text says; one with an escape, or that is not all ASCII, is left to others. */
  #inner(slot: Slot): string {
    const text = this.#text(slot);
    if (!PLAIN_TEXT.test(text)) this.#isSure = false;
    return text.slice(1, -1);
  }

  #number(slot: Slot): number {
    const number = Number(this.#text(slot));
    if (Number.isNaN(number)) this.#isSure = false;
    return number;
  }

  #setText(slot: Slot, text: string | undefined): void {
    if (text === undefined) this.#clear(slot);
    else this.#set(slot, JSON.stringify(text));
  }

  #set(slot: Slot, text: string): void {
    const { texts } = this.#settings;
    const at = this.#at[slot];
    const address = texts.address(text);
    this.#words[at] = address;
    this.#words[at + 1] = address + texts.length;
  }
}

/** Types that are told apart by themselves. */
function isLife(type: string): boolean {
  return type === "process_exec" || type === "process_exit";
}
