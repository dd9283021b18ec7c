/** @module What tests of sources share: a sink that remembers, a quiet log, temporary directories. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConsolaInstance, createConsola } from "consola";
import { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import type { EventBatch } from "../../src/event/batch.ts";
import { FileSource } from "../../src/source/file/file-source.ts";
import type { FileSourceSettings } from "../../src/source/file/settings.ts";
import type { Sink } from "../../src/source/source.ts";
import { type Counters, createCounters } from "../../src/telemetry/counters.ts";

const decoder = new TextDecoder();
/** Longest time that a test waits for something, milliseconds: less than the test itself has. */
const DEADLINE_MS = 4500;

/** Keeps the text of every line; `commit` makes it an exporter that has sent each line at once. */
export class MemorySink implements Sink {
  readonly lines: string[] = [];
  readonly positions: number[] = [];
  readonly ends: number[] = [];
  /** Called for each batch, after its lines were kept. */
  onBatch: (batch: EventBatch) => Promise<void> | undefined = () => undefined;

  write(batch: EventBatch): Promise<void> | undefined {
    for (let i = 0; i < batch.count; i++) {
      this.lines.push(decoder.decode(batch.line(i)));
      this.positions.push(batch.position[i]!);
    }
    this.ends.push(batch.endPosition);
    return this.onBatch(batch);
  }

  offer(batch: EventBatch): void {
    void this.write(batch);
  }
}

/** A log that keeps its messages. */
export function memoryLog(): { log: ConsolaInstance; messages: string[] } {
  const messages: string[] = [];
  const log = createConsola({
    level: 5,
    reporters: [{ log: ({ args }) => messages.push(args.map(asText).join(" ")) }],
  });
  return { log, messages };
}

function asText(part: unknown): string {
  return typeof part === "string" ? part : JSON.stringify(part);
}

/** A directory that is gone after the test. */
export class TestDirectory implements Disposable {
  readonly path = fs.mkdtempSync(join(tmpdir(), "tetrad-source-"));

  /** The path of an entry. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file whole. */
  write(name: string, contents: string | Uint8Array): void {
    fs.writeFileSync(this.at(name), contents);
  }

  append(name: string, contents: string | Uint8Array): void {
    fs.appendFileSync(this.at(name), contents);
  }

  rename(from: string, to: string): void {
    fs.renameSync(this.at(from), this.at(to));
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

/** Waits until the condition holds. @throws When it does not in time. */
export async function until(
  condition: () => boolean,
  what: string | (() => string),
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new Error(`Waited in vain for ${typeof what === "string" ? what : what()}`);
    }
    await Bun.sleep(2);
  }
}

/** A file source at work, and all that it brought. */
export class RunningSource implements AsyncDisposable {
  readonly sink = new MemorySink();
  readonly counters: Counters = createCounters();
  readonly messages: string[];
  readonly source: FileSource;
  readonly done: Promise<void>;

  constructor(settings: Pick<FileSourceSettings, "glob"> & Partial<FileSourceSettings>) {
    const { log, messages } = memoryLog();
    this.messages = messages;
    const checkpoint = settings.checkpoint ?? Checkpoint.anonymous();
    this.source = new FileSource({
      fromBeginning: true,
      exitAtEnd: false,
      maxLineBytes: 4 * 1024 * 1024,
      pollIntervalMs: 20,
      maxOpenFiles: 16,
      sink: this.sink,
      counters: this.counters,
      log,
      ...settings,
      checkpoint,
    });
    if (settings.checkpoint !== undefined) {
      this.sink.onBatch = (batch) => {
        checkpoint.commitPosition(batch.stream, batch.endPosition);
        return undefined;
      };
    }
    // A file source opens at once, and tests go on at once.
    void this.source.start();
    this.done = this.source.run();
  }

  get lines(): string[] {
    return this.sink.lines;
  }

  /** Waits until so many lines have come. */
  async has(count: number): Promise<void> {
    await until(
      () => this.lines.length >= count,
      () => `${count} lines, found ${this.lines.length}`,
    );
  }

  /** Waits for a message of the log. */
  async says(part: string): Promise<void> {
    await until(() => this.messages.some((message) => message.includes(part)), `"${part}" in the log`);
  }

  async stop(): Promise<void> {
    await this.source.stop(new AbortController().signal);
    await this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Reads all there is: `exitAtEnd`. */
export async function readToEnd(
  settings: Pick<FileSourceSettings, "glob"> & Partial<FileSourceSettings>,
): Promise<RunningSource> {
  const running = new RunningSource({ exitAtEnd: true, ...settings });
  await running.done;
  return running;
}

/** Lines `{"n":from}` to `{"n":to - 1}`, each with its newline. */
export function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}\n`);
}
