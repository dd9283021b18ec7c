/** @module Prints batches of events, for as long as somebody reads them. */
import type { EventBatch } from "../../event/batch.ts";
import { isObject, type JsonObject } from "../../lib/json/object.ts";
import { printableLines } from "../../lib/text/printable.ts";
import { hasColors, isTerminal } from "../../os/terminal.ts";
import type { Sink } from "../../source/source.ts";
import type { CommandContext } from "../command.ts";
import { createCompactPrinter } from "./compact.ts";
import { message, messages, text } from "./fields.ts";
import type { GetEventsValues } from "./flags.ts";

/** What a {@link Printer} is given. */
export interface PrinterSettings extends Pick<CommandContext, "print" | "env"> {
  readonly values: GetEventsValues;
  /** Called once when nobody reads any more. */
  readonly onClosed: () => void;
}

/** Shows one event: nothing, or lines with their newlines. */
type Show = (event: JsonObject) => string | Uint8Array;

const decoder = new TextDecoder();

/** Takes events and writes them to standard output before it takes more. */
export class Printer implements Sink {
  readonly #settings: PrinterSettings;
  /** `undefined` where events are printed as they came. */
  readonly #show: Show | undefined;
  readonly #isTerminal = isTerminal(1);
  #isClosed = false;

  constructor(settings: PrinterSettings) {
    this.#settings = settings;
    this.#show = showOf(settings, this.#isTerminal);
  }

  write(batch: EventBatch): undefined {
    if (this.#isClosed || batch.count === 0) return;
    batch.makeText();
    const parts: Uint8Array[] = [];
    for (let i = 0; i < batch.count; i++) parts.push(this.#bytesOf(batch.line(i)));
    if (this.#settings.print(Buffer.concat(parts))) return;
    this.#isClosed = true;
    this.#settings.onClosed();
  }

  offer(batch: EventBatch): void {
    this.write(batch);
  }

  #bytesOf(line: Uint8Array): Uint8Array {
    const show = this.#show;
    if (show === undefined)
      // What is escaped stands in strings: it is the same JSON.
      return this.#isTerminal ? Buffer.from(printableLines(decoder.decode(line))) : line;
    const event: unknown = JSON.parse(decoder.decode(line));
    const shown = isObject(event) ? show(event) : "";
    return typeof shown === "string" ? Buffer.from(shown) : shown;
  }
}

function showOf({ values, env }: PrinterSettings, isShown: boolean): Show | undefined {
  const tty = values["tty-encode"];
  if (tty !== "") return (event) => ttyBytes(event, tty, isShown);
  if (values.output === "json") return undefined;
  return createCompactPrinter({
    colors: values.color === "always" || (values.color === "auto" && hasColors(1, env)),
    timestamps: values.timestamps,
    stackTraces: values["stack-traces"],
    imaHash: values["ima-hash"],
  });
}

/** What was written to the terminal `path`. */
function ttyBytes(event: JsonObject, path: string, isShown: boolean): Uint8Array {
  const [file, bytes] = messages(message(event, "process_kprobe"), "args");
  if (text(message(file, "file_arg"), "path") !== path) return new Uint8Array(0);
  const written = Buffer.from(text(bytes, "bytes_arg"), "base64");
  return isShown ? Buffer.from(printableLines(decoder.decode(written).replaceAll("\r\n", "\n"))) : written;
}
