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

/** Who a process is. */
interface Identity {
  readonly pid: number;
  /** As Tetragon makes it: base64 of `node:ktime:pid`. */
  readonly execId: string;
  readonly startTime: string;
  readonly docker: string;
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
/** Processes that events are about at a time; one that starts takes the place of another. */
const LIVING_PROCESSES = 512;
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
  "--label=app.kubernetes.io/name=web",
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

/** Share of texts that are not ASCII, and what makes them so. */
const NON_ASCII_SHARE = 0.04;
const NON_ASCII = " --title=Größe/café";

/** Makes one event after another. */
export class EventMaker {
  readonly #settings: EventMakerSettings;
  readonly #random: Random;
  readonly #shapes: readonly Shape[];
  /** Nanoseconds since boot. */
  #clock = 4_000_000_000_000;
  readonly #living: Identity[] = [];
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
    this.#freshen(event, shape.type, body);
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
    this.#freshen(event, shape.type, body);
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
      // Capabilities and namespaces are there only when Tetragon is asked to report them.
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

  /** Identity and times of this event: a process that has just started, or one that is known already. */
  #freshen(event: Json, type: string, { process, parent }: Body): void {
    const random = this.#random;
    const node = typeof event.node_name === "string" ? event.node_name : "minikube";
    const elder = this.#pick(node);
    const own = type === "process_exec" ? this.#create(node) : this.#pick(node);
    assume(process, own);
    process.parent_exec_id = elder.execId;
    if (parent) {
      assume(parent, elder);
      parent.parent_exec_id = this.#pick(node).execId;
    }
    event.time = formatTime(this.#clock + random.integer(0, 50_000_000));
  }

  /** One of the processes that are alive. */
  #pick(node: string): Identity {
    return this.#living.length > 0 ? this.#random.pick(this.#living) : this.#create(node);
  }

  /** A new process, in the place of an old one. */
  #create(node: string): Identity {
    const random = this.#random;
    const pid = random.integer(300, 4_194_304);
    const identity = {
      pid,
      execId: btoa(`${node}:${this.#clock}:${pid}`),
      startTime: formatTime(this.#clock),
      docker: random.hex(31),
    };
    const isFull = this.#living.length === LIVING_PROCESSES;
    this.#living[isFull ? random.integer(0, LIVING_PROCESSES - 1) : this.#living.length] = identity;
    return identity;
  }

  #ancestors(parent: Process): Process[] {
    const ancestors: Process[] = [];
    for (let left = this.#random.integer(2, 5); left > 0; left--) {
      const ancestor: Process = { ...parent };
      delete ancestor.cap;
      assume(ancestor, this.#pick("minikube"));
      ancestor.parent_exec_id = this.#pick("minikube").execId;
      ancestors.push(ancestor);
    }
    return ancestors;
  }

  /** About `length` bytes of a command line. */
  #text(length: number): string {
    let text = this.#random.hex(8);
    if (this.#random.next() < NON_ASCII_SHARE) text += NON_ASCII;
    while (text.length < length) text += ` ${this.#random.pick(WORDS)}`;
    return text.slice(0, Math.max(1, length));
  }
}

function assume(process: Process, { pid, execId, startTime, docker }: Identity): void {
  process.pid = pid;
  if (process.tid !== undefined) process.tid = pid;
  process.exec_id = execId;
  process.start_time = startTime;
  if (process.docker !== undefined) process.docker = docker;
}

/** RFC 3339 with nanoseconds. @param ktime Nanoseconds since boot. */
function formatTime(ktime: number): string {
  const seconds = Math.floor(ktime / 1e9);
  const date = new Date((BOOT_SECONDS + seconds) * 1000).toISOString().slice(0, 19);
  return `${date}.${String(ktime - seconds * 1e9).padStart(9, "0")}Z`;
}
