/** @module One broker: connected to when something is to be asked, and again when that has ended. */
import type { ClientTls } from "../../lib/client-tls.ts";
import { ERROR, errorName } from "../../lib/kafka/error-codes.ts";
import { APIS, readApiVersions, type VersionRange, versionOf } from "../../lib/kafka/requests.ts";
import { ProtocolError, type Reader, Writer } from "../../lib/kafka/wire.ts";
import { formatHostPort } from "../../os/socket-address.ts";
import { ownCertificateAdvice } from "../tls-files.ts";
import { Connection } from "./connection.ts";
import { type Credentials, logIn } from "./login.ts";
import type { Answer, Question } from "./question.ts";

const CLIENT_ID = "tetrad";
/** The longest time that a broker may ask for silence, milliseconds. */
const LONGEST_THROTTLE_MS = 60_000;
/** Of a session's life, how much is used before another one is begun. */
const SESSION_SHARE = 0.85;

/** What all brokers of a cluster have in common. */
export interface BrokerSettings {
  readonly isTls: boolean;
  readonly timeoutMs: number;
  /** What is true now. */
  identity(): { readonly tls: ClientTls; readonly credentials: Credentials | undefined };
  /** Somebody was refused: files may have changed. */
  onRefused(): void;
}

interface Waiting {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A broker. Requests leave in the order in which they were made. */
export class Broker {
  readonly host: string;
  readonly port: number;
  readonly description: string;
  readonly #settings: BrokerSettings;
  readonly #waiting: Waiting[] = [];
  readonly #abort = new AbortController();
  /** The last one; it may have ended. */
  #connection: Connection | undefined;
  #isOpening = false;
  #ranges: ReadonlyMap<number, VersionRange> = new Map();
  #quietUntil = 0;
  #renewAt = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ host, port }: { readonly host: string; readonly port: number }, settings: BrokerSettings) {
    this.host = host;
    this.port = port;
    this.#settings = settings;
    this.description = `${settings.isTls ? "tls://" : ""}${formatHostPort(host, port)}`;
  }

  get isOpen(): boolean {
    return this.#live !== undefined;
  }

  get #live(): Connection | undefined {
    return this.#connection?.endedBy === undefined ? this.#connection : undefined;
  }

  /** Asks the broker. @throws Error that says which broker, and why there is no answer. */
  ask(question: Question): Promise<Answer> {
    if (this.#abort.signal.aborted) return Promise.reject(this.#failure("closed"));
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ question, resolve, reject });
    this.#pump();
    return promise;
  }

  /** Nothing is sent for so long, milliseconds. */
  throttle(milliseconds: number): void {
    if (milliseconds <= 0) return;
    this.#quietUntil = performance.now() + Math.min(milliseconds, LONGEST_THROTTLE_MS);
  }

  close(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#connection?.end("closed");
    this.#reject(this.#failure("closed"));
  }

  #pump(): void {
    if (this.#waiting.length === 0 || this.#isOpening) return;
    const now = performance.now();
    if (this.#live !== undefined && now > this.#renewAt) {
      // Nobody may be overtaken.
      if (this.#live.pending > 0) return;
      this.#live.end("its session was over");
    }
    const connection = this.#live;
    if (connection === undefined) {
      this.#isOpening = true;
      void this.#open();
    } else if (now < this.#quietUntil) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#pump(), this.#quietUntil - now);
      this.#timer.unref();
    } else for (const waiting of this.#waiting.splice(0)) this.#send(waiting, connection);
  }

  /** Whatever becomes of the connection meanwhile, who waits is told. */
  #send({ question, resolve, reject }: Waiting, connection: Connection): void {
    const { name, least = 0 } = question;
    const version = versionOf(name, this.#ranges);
    if (version === undefined || version < least) {
      const needs = Math.max(least, APIS[name].least);
      reject(
        this.#failure(`it does not speak ${name} ${needs} (error ${errorName(ERROR.UNSUPPORTED_VERSION)})`),
      );
      return;
    }
    const { answers } = connection;
    this.#askOver(connection, question, version).then(
      (from) => {
        resolve({ from, version });
        this.#pump();
      },
      (error: Error) => {
        const hint = answers === connection.answers ? this.#hint(connection) : "";
        reject(this.#failure(error.message + hint));
      },
    );
  }

  #askOver(connection: Connection, { name, room, write }: Question, version: number): Promise<Reader> {
    const number = connection.nextNumber();
    const to = new Writer(room);
    // The size is known last.
    to.int32(0).int16(APIS[name].key).int16(version).int32(number).string(CLIENT_ID);
    write(to);
    const frame = to.written;
    frame.writeInt32BE(frame.length - 4, 0);
    return connection.ask(frame, number);
  }

  async #open(): Promise<void> {
    try {
      const connection = await this.#connect();
      this.#isOpening = false;
      if (this.#abort.signal.aborted) connection.end("closed");
      // Whoever waits is not made to wait for one connection after the other.
      if (connection.endedBy !== undefined) this.#reject(this.#failure(connection.endedBy));
      this.#pump();
    } catch (error) {
      this.#isOpening = false;
      this.#connection?.end("given up");
      this.#reject(this.#failure((error as Error).message));
    }
  }

  async #connect(): Promise<Connection> {
    const { isTls, timeoutMs, identity } = this.#settings;
    const { tls, credentials } = identity();
    const { host, port } = this;
    const open = await Connection.open(
      { host, port, tls: isTls ? tls : undefined, timeoutMs, prefix: "kafka" },
      this.#abort.signal,
    );
    this.#connection = open;
    try {
      const versions = await this.#askOver(open, { name: "apiVersions", write() {} }, 0);
      const { error, ranges } = readApiVersions(versions);
      if (error !== ERROR.NONE) throw new ProtocolError(`its versions are not known: ${errorName(error)}`);
      this.#ranges = ranges;
    } catch (error) {
      const own = await ownCertificateAdvice("kafka", this.#settings.identity().tls ?? {});
      throw new Error((error as Error).message + this.#hint(open) + own, { cause: error });
    }
    this.#renewAt = Number.POSITIVE_INFINITY;
    if (credentials === undefined) return open;
    const sessionMs = await logIn(credentials, (question) => {
      const version = versionOf(question.name, this.#ranges);
      if (version === undefined) throw new ProtocolError("it speaks no SASL that is spoken here");
      return this.#askOver(open, question, version).then((from) => ({ from, version }));
    }).catch((error: unknown) => {
      this.#settings.onRefused();
      throw error;
    });
    if (sessionMs > 0) this.#renewAt = performance.now() + sessionMs * SESSION_SHARE;
    return open;
  }

  /** What may be missing where a broker hangs up. */
  #hint({ answers }: Connection): string {
    const { isTls, identity } = this.#settings;
    if (answers === 0)
      return isTls
        ? " (before its first answer: it may want a certificate, --kafka-tls-cert-file)"
        : " (before its first answer: it may want TLS, tls:// before its address)";
    const isUnknown = identity().credentials === undefined;
    return answers === 1 && isUnknown ? " (it may want --kafka-sasl-mechanism)" : "";
  }

  #failure(why: string): Error {
    return new Error(`${this.description}: ${why}`);
  }

  #reject(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
