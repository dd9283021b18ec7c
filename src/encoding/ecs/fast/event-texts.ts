/** @module Texts that are the same for many documents, where the program finds them. */
import { asBuffer } from "../../../lib/bytes.ts";
import type { Class } from "../classify.ts";
import { DATA_STREAM, type EcsSettings, MODULE } from "../settings.ts";
import { CONSTANTS, CONSTANTS_END } from "./layout.ts";

/** Bytes behind a text that may be read. */
const SLACK = 16;

/** Keeps them until there is no room: then it forgets all. */
export class EventTexts {
  readonly #memory: Buffer;
  readonly #settings: EcsSettings;
  /** Addresses by text. */
  readonly #addresses = new Map<string, number>();
  /** By category, action and outcome: of known actions only, so that they are few. */
  readonly #events = new Map<Class["category"], Map<string, string[]>>();
  #end = CONSTANTS;
  /** Bytes of the text that {@link address} was asked for last. */
  length = 0;

  /** @param memory All of it. */
  constructor(memory: Uint8Array, settings: EcsSettings) {
    this.#memory = asBuffer(memory);
    this.#settings = settings;
  }

  /** Address of a text, which holds until the next document. @param text Short, in ASCII. */
  address(text: string): number {
    this.length = text.length;
    const known = this.#addresses.get(text);
    if (known !== undefined) return known;
    const address = this.#end;
    this.#memory.write(text, address, "latin1");
    this.#addresses.set(text, address);
    this.#end += text.length;
    return address;
  }

  /** To be called before the texts of a document are asked for. @param bytes That they have at most. */
  makeRoom(bytes: number): void {
    if (this.#end + bytes + SLACK <= CONSTANTS_END) return;
    this.#addresses.clear();
    this.#end = CONSTANTS;
  }

  /** The object `event` of a document, with its name. Where more follows it is left open. */
  eventText(kind: string, { category, type, action }: Class, outcome: string | undefined): string {
    let texts = this.#events.get(category);
    if (texts === undefined) {
      texts = new Map();
      this.#events.set(category, texts);
    }
    let known = texts.get(action);
    if (known === undefined) {
      known = [];
      texts.set(action, known);
    }
    const i = outcome === undefined ? 0 : outcome === "success" ? 1 : 2;
    known[i] ??= this.#makeEventText(kind, { category, type, action }, outcome);
    return known[i];
  }

  #makeEventText(kind: string, { category, type, action }: Class, outcome: string | undefined): string {
    const { dataStream = DATA_STREAM, hasOriginal } = this.#settings;
    const event = {
      kind,
      category,
      type,
      action,
      outcome,
      module: MODULE,
      dataset: dataStream.dataset,
    };
    const text = `"event":${JSON.stringify(event)}`;
    return hasOriginal === true ? text.slice(0, -1) : text;
  }
}
