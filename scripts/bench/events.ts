/**
 * @module Makes events that look like a busy host's: the shapes of real ones (test/fixtures), with process ids,
 * times, hashes and arguments of their own, filled up until their mean size is what was asked for.
 */
import { readFileSync } from "node:fs";
import { Random } from "./random.ts";

type Json = { [key: string]: unknown };

/** A process in an event, as far as it is changed here. */
interface Process extends Json {
  exec_id: string;
  parent_exec_id?: string;
  pid: number;
  tid?: number;
  arguments?: string;
  start_time?: string;
  docker?: string;
  cap?: unknown;
  ns?: unknown;
}

/** The part of an event under its type. */
interface Body extends Json {
  process: Process;
  parent?: Process;
  ancestors?: Process[];
}

/** An event of the fixtures. */
interface Shape {
  readonly type: string;
  readonly text: string;
}

/** What {@link EventMaker} is given. */
export interface EventMakerSettings {
  /** Mean length of a line, newline included, bytes. */
  readonly meanBytes: number;
  readonly seed: number;
  /** Only events of this type. @default all of {@link TYPES} */
  readonly type?: string;
}

const FIXTURES = new URL("../../test/fixtures/tetragon-events.jsonl", import.meta.url);
/** Types that the schemas know, so that no event is passed through unseen. */
const TYPES = ["process_exec", "process_exit", "process_kprobe"];
/** Events below this size are what Tetragon's field filters leave: who, when, what. */
const SMALL_BYTES = 400;
/** Events above this size have ancestors, as with Tetragon's --enable-ancestors. */
const LARGE_BYTES = 4000;
const BOOT_SECONDS = 1_767_225_600;
const WORDS = [
  "--config=/etc/kubernetes/controller-manager.conf",
  "-Djava.io.tmpdir=/var/tmp",
  "-cp /usr/share/java/commons-lang3.jar:/usr/share/java/slf4j-api.jar:/opt/app/lib/netty-all-4.1.100.jar",
  "https://registry.example.com/v2/library/nginx/manifests/latest",
  '-H "Accept: application/json"',
  '-c "for f in /var/log/*.log; do gzip -9 $f; done"',
  "--namespace kube-system",
  "-o jsonpath={.items[*].metadata.name}",
  "SELECT\\40id\\40FROM\\40users",
  "--label=café-münchen",
  "/proc/self/fd/3",
  "-v",
  "-XX:+UseG1GC",
  '\'{"level":"info","msg":"started"}\'',
  "--since=2h",
  "| tee /tmp/out.txt",
] as const;

function readShapes(type: string | undefined): Shape[] {
  const lines = readFileSync(FIXTURES, "utf8").trimEnd().split("\n");
  const shapes: Shape[] = [];
  for (const text of lines) {
    const found = Object.keys(JSON.parse(text)).find((key) =>
      type === undefined ? TYPES.includes(key) : key === type,
    );
    if (found !== undefined) shapes.push({ type: found, text });
  }
  return shapes;
}

/** Makes one event after another. */
export class EventMaker {
  readonly #settings: EventMakerSettings;
  readonly #random: Random;
  readonly #shapes: readonly Shape[];
  /** Nanoseconds since boot. */
  #clock = 4_000_000_000_000;
  /** Bytes that the events so far lack to their mean. */
  #debt = 0;

  constructor(settings: EventMakerSettings) {
    this.#settings = settings;
    this.#random = new Random(settings.seed);
    this.#shapes = readShapes(settings.type);
  }

  /** The next event: one line, newline included. */
  next(): string {
    const { meanBytes } = this.#settings;
    const shape = this.#random.pick(this.#shapes);
    const wanted = meanBytes * (0.6 + 0.8 * this.#random.next()) + this.#debt;
    const event: Json = JSON.parse(shape.text);
    const body = event[shape.type] as Body;
    this.#clock += this.#random.integer(1_000, 2_000_000);
    this.#freshen(event, body);
    let text: string;
    if (meanBytes < SMALL_BYTES) text = this.#small(event, shape.type, body, wanted);
    else text = this.#fill(event, body, wanted);
    const line = `${text}\n`;
    this.#debt = Math.max(-meanBytes, Math.min(meanBytes, this.#debt + meanBytes - Buffer.byteLength(line)));
    return line;
  }

  /** A `process_exec` line of exactly `bytes` bytes, newline not included: all of it in its arguments. */
  long(bytes: number): string {
    const shape = this.#shapes.find(({ type }) => type === "process_exec")!;
    const event: Json = JSON.parse(shape.text);
    const body = event[shape.type] as Body;
    this.#freshen(event, body);
    body.process.arguments = "";
    body.process.arguments = "x".repeat(bytes - Buffer.byteLength(JSON.stringify(event)));
    return `${JSON.stringify(event)}\n`;
  }

  #small(event: Json, type: string, { process }: Body, wanted: number): string {
    const { exec_id, pid } = process;
    const slim: Json = { exec_id, pid, binary: process.binary };
    const small = { [type]: { process: slim }, time: event.time };
    const room = wanted - JSON.stringify(small).length - '"arguments":"",'.length;
    if (room > 0) slim.arguments = this.#text(room);
    return JSON.stringify(small);
  }

  #fill(event: Json, body: Body, wanted: number): string {
    let text = JSON.stringify(event);
    if (text.length > wanted) {
      // Capabilities and namespaces are there only when Tetragon is told to report them.
      for (const process of [body.process, body.parent]) {
        delete process?.cap;
        delete process?.ns;
      }
      text = JSON.stringify(event);
    }
    const processes = [body.process];
    if (this.#settings.meanBytes > LARGE_BYTES) {
      body.ancestors = this.#ancestors(body.parent ?? body.process);
      processes.push(...body.ancestors);
      text = JSON.stringify(event);
    }
    const room = wanted - Buffer.byteLength(text) - '"arguments":" ",'.length * processes.length;
    if (room < processes.length * 8) return text;
    for (const process of processes) {
      const added = this.#text(room / processes.length);
      process.arguments = process.arguments === undefined ? added : `${process.arguments} ${added}`;
    }
    return JSON.stringify(event);
  }

  /** Identity, times and places that are this event's own. */
  #freshen(event: Json, body: Body): void {
    const random = this.#random;
    const node = typeof event.node_name === "string" ? event.node_name : "minikube";
    const { process, parent } = body;
    const age = random.integer(1_000_000, 900_000_000_000);
    if (parent) {
      this.#freshenProcess(parent, node, this.#clock - age);
      parent.parent_exec_id = execId(node, this.#clock - 2 * age, random.integer(1, 4_000_000));
    }
    this.#freshenProcess(process, node, this.#clock);
    if (parent) process.parent_exec_id = parent.exec_id;
    event.time = formatTime(this.#clock + random.integer(0, 50_000_000));
  }

  #freshenProcess(process: Process, node: string, startedAt: number): void {
    const random = this.#random;
    process.pid = random.integer(300, 4_194_304);
    if (process.tid !== undefined) process.tid = process.pid;
    process.exec_id = execId(node, startedAt, process.pid);
    process.start_time = formatTime(startedAt);
    if (process.docker !== undefined) process.docker = random.hex(31);
  }

  #ancestors(parent: Process): Process[] {
    const ancestors: Process[] = [];
    let child = parent;
    for (let left = this.#random.integer(2, 5); left > 0; left--) {
      const ancestor: Process = { ...parent };
      delete ancestor.cap;
      this.#freshenProcess(ancestor, "minikube", this.#clock - this.#random.integer(1e9, 9e11));
      ancestor.exec_id = child.parent_exec_id ?? ancestor.exec_id;
      ancestor.parent_exec_id = execId("minikube", this.#clock - 9e11, this.#random.integer(1, 9999));
      ancestors.push(ancestor);
      child = ancestor;
    }
    return ancestors;
  }

  /** About `length` bytes of a command line. */
  #text(length: number): string {
    let text = this.#random.hex(8);
    while (text.length < length) text += ` ${this.#random.pick(WORDS)}`;
    return text.slice(0, Math.max(1, length));
  }
}

/** As Tetragon makes it: base64 of `node:ktime:pid`. */
function execId(node: string, ktime: number, pid: number): string {
  return btoa(`${node}:${Math.max(0, ktime)}:${pid}`);
}

/** RFC 3339 with nanoseconds. @param ktime Nanoseconds since boot. */
function formatTime(ktime: number): string {
  const seconds = Math.floor(ktime / 1e9);
  const date = new Date((BOOT_SECONDS + seconds) * 1000).toISOString().slice(0, 19);
  return `${date}.${String(ktime - seconds * 1e9).padStart(9, "0")}Z`;
}
