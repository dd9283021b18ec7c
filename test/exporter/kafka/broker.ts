/**
 * A Kafka cluster of the tests' own, from the published protocol: brokers on loopback that keep what they are sent, and judge
 * its numbers as brokers do (KIP-98). It may lose answers, hang up, move leaders, and say anything.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { Socket, TCPSocketListener } from "bun";
import { ERROR } from "../../../src/lib/kafka/error-codes.ts";
import { Reader, Writer } from "../../../src/lib/kafka/wire.ts";
import { type ReadBatch, type ReadRecord, readBatch } from "./read-batch.ts";

/** Certificates of a server, as PEM. */
export interface BrokerTls {
  readonly cert: string;
  readonly key: string;
  /** Who must have signed the client's certificate. */
  readonly ca?: string;
}

/** What a cluster is like. */
export interface ClusterOptions {
  readonly brokers?: number;
  readonly partitions?: number;
  readonly topics?: readonly string[];
  /** Whether topics are made when they are asked for. @default true, unless `topics` is given */
  readonly makesTopics?: boolean;
  /** Bytes of a batch at most. */
  readonly maxBatchBytes?: number;
  readonly tls?: BrokerTls;
  readonly user?: { readonly name: string; readonly password: string };
  readonly mechanisms?: readonly string[];
  readonly produceVersions?: readonly [number, number];
  readonly sessionMs?: number;
  /** The first epoch of producers. */
  readonly epoch?: number;
}

/** One partition. */
export interface Partition {
  leader: number;
  readonly records: ReadRecord[];
  readonly batches: ReadBatch[];
  /** Of each producer: its epoch, and the last batches. */
  readonly producers: Map<bigint, { epoch: number; last: { from: number; to: number }[] }>;
}

interface Peer {
  input: Buffer;
  isKnown: boolean;
  scram: { bare: string; first: string; salted: Buffer } | undefined;
  mechanism: string;
}

type Peers = Socket<Peer>;
/** What is done with one request to produce: as it should be; or its answer is lost, or the request. */
export type Fault = "none" | "lose-answer" | "lose-request";

/** The cluster. */
export class TestCluster implements Disposable {
  readonly topics = new Map<string, Partition[]>();
  /** Requests by number. */
  readonly asked = new Map<number, number>();
  /** Says what becomes of the next request to produce. */
  fault: () => Fault = () => "none";
  /** Says the error of a batch that would be taken; it is not taken then. */
  refuse: (batch: ReadBatch, topic: string, partition: number) => number = () => ERROR.NONE;
  /** Says the error of a topic. */
  topicError: (topic: string) => number = () => ERROR.NONE;
  /** Changes an answer. */
  answer: (key: number, bytes: Buffer) => Buffer = (_, bytes) => bytes;
  throttleMs = 0;
  producers = 0;
  /** Batches that were sent again, and taken for what they are. */
  duplicates = 0;
  readonly options: ClusterOptions;
  readonly #listeners: (TCPSocketListener<Peer> | undefined)[] = [];
  readonly #ports: number[] = [];
  readonly #sockets = new Set<Peers>();

  constructor(options: ClusterOptions = {}) {
    this.options = options;
    for (let id = 0; id < (options.brokers ?? 1); id++) {
      this.#listeners.push(this.#listen(id, 0));
      this.#ports.push(this.#listeners[id]!.port);
    }
    for (const topic of options.topics ?? []) this.makeTopic(topic);
  }

  /** As the exporter takes it. */
  get addresses(): string[] {
    return this.#ports.map((port) => `${this.options.tls === undefined ? "" : "tls://"}localhost:${port}`);
  }

  /** Values of all records of a topic, by partition, then in order. */
  values(topic = "tetragon"): string[] {
    return (this.topics.get(topic) ?? []).flatMap(({ records }) =>
      records.map(({ value }) => value.toString()),
    );
  }

  makeTopic(name: string): void {
    const { partitions = 1, brokers = 1 } = this.options;
    this.topics.set(
      name,
      Array.from({ length: partitions }, (_, i) => ({
        leader: i % brokers,
        records: [],
        batches: [],
        producers: new Map(),
      })),
    );
  }

  /** Kills a broker, or all: connections are cut. */
  kill(id?: number): void {
    this.#listeners.forEach((listener, i) => {
      if (id !== undefined && i !== id) return;
      listener?.stop(true);
      this.#listeners[i] = undefined;
    });
    if (id === undefined) this.cut();
  }

  /** Starts what was killed, on its port. */
  revive(): void {
    this.#listeners.forEach((listener, id) => {
      this.#listeners[id] = listener ?? this.#listen(id, this.#ports[id]!);
    });
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Forgets all but the last batch of each producer, as a broker does that starts from a snapshot of their state. */
  forgetBatches(): void {
    for (const partitions of this.topics.values())
      for (const { producers } of partitions)
        for (const { last } of producers.values()) last.splice(0, last.length - 1);
  }

  /** Forgets what producers have sent, as a broker does that has lost its state. */
  forgetProducers(): void {
    for (const partitions of this.topics.values()) for (const { producers } of partitions) producers.clear();
  }

  [Symbol.dispose](): void {
    this.kill();
  }

  #listen(id: number, port: number): TCPSocketListener<Peer> {
    const { tls, user } = this.options;
    return Bun.listen<Peer>({
      hostname: "127.0.0.1",
      port,
      ...(tls !== undefined && {
        tls: { ...tls, ...(tls.ca !== undefined && { requestCert: true, rejectUnauthorized: true }) },
      }),
      socket: {
        open: (socket) => {
          socket.data = {
            input: Buffer.alloc(0),
            isKnown: user === undefined,
            scram: undefined,
            mechanism: "",
          };
          this.#sockets.add(socket);
        },
        data: (socket, chunk) => this.#data(socket, id, chunk),
        close: (socket) => void this.#sockets.delete(socket),
        error() {},
      },
    });
  }

  #data(socket: Peers, id: number, chunk: Buffer): void {
    const peer = socket.data;
    peer.input = Buffer.concat([peer.input, chunk]);
    while (peer.input.length >= 4) {
      const size = peer.input.readInt32BE(0);
      if (size < 0 || size > 100_000_000) {
        socket.terminate();
        return;
      }
      if (peer.input.length < 4 + size) return;
      const request = new Reader(peer.input.subarray(4, 4 + size));
      peer.input = peer.input.subarray(4 + size);
      if (!this.#request(socket, id, request)) return;
    }
  }

  /** @returns Whether the connection goes on. */
  #request(socket: Peers, id: number, from: Reader): boolean {
    const [key, version, number] = [from.int16(), from.int16(), from.int32()];
    from.string();
    this.asked.set(key, (this.asked.get(key) ?? 0) + 1);
    const to = new Writer().int32(0).int32(number);
    const fault = key === 0 ? this.fault() : "none";
    const isOfLogin = key === 17 || key === 18 || key === 36;
    if ((!socket.data.isKnown && !isOfLogin) || fault === "lose-request") {
      socket.terminate();
      return false;
    }
    this.#handle(key, { from, to, version, id, peer: socket.data });
    if (fault === "lose-answer") {
      socket.terminate();
      return false;
    }
    const bytes = Buffer.from(to.written);
    bytes.writeInt32BE(bytes.length - 4, 0);
    socket.write(this.answer(key, bytes));
    return true;
  }

  #handle(key: number, call: Call): void {
    if (key === 18) this.#versions(call);
    else if (key === 17) this.#handshake(call);
    else if (key === 36) this.#authenticate(call);
    else if (key === 3) this.#metadata(call);
    else if (key === 22) {
      const { epoch = 0 } = this.options;
      call.to
        .int32(0)
        .int16(0)
        .raw(int64(BigInt(1000 + this.producers++)))
        .int16(epoch);
    } else if (key === 0) this.#produce(call);
    else throw new Error(`request ${key} is not known`);
  }

  #versions({ to }: Call): void {
    const { produceVersions: produce = [0, 11] } = this.options;
    const ranges = [
      [0, ...produce],
      [3, 0, 12],
      [17, 0, 1],
      [18, 0, 3],
      [22, 0, 4],
      [36, 0, 2],
    ];
    to.int16(0).array(ranges, ([key, least, most]) => to.int16(key!).int16(least!).int16(most!));
  }

  #metadata({ from, to }: Call): void {
    const { makesTopics = this.options.topics === undefined } = this.options;
    const names = from.array(2, () => from.string()!);
    for (const name of names) if (makesTopics && !this.topics.has(name)) this.makeTopic(name);
    to.int32(0);
    const alive = this.#ports.flatMap((port, id) =>
      this.#listeners[id] === undefined ? [] : [{ id, port }],
    );
    to.array(alive, ({ id, port }) => to.int32(id).string("localhost").int32(port).string(undefined));
    to.string("test").int32(0);
    to.array(names, (name) => {
      const partitions = this.topics.get(name);
      const error =
        this.topicError(name) || (partitions === undefined ? ERROR.UNKNOWN_TOPIC_OR_PARTITION : 0);
      to.int16(error).string(name).int8(0);
      to.array([...(partitions ?? []).entries()], ([i, { leader }]) =>
        to.int16(0).int32(i).int32(leader).int32(1).int32(leader).int32(1).int32(leader),
      );
    });
  }

  #produce({ from, to, version, id }: Call): void {
    from.string();
    from.int16();
    from.int32();
    const topics = from.array(6, () => ({
      name: from.string()!,
      batches: from.array(8, () => ({ partition: from.int32(), bytes: from.bytes() })),
    }));
    to.array(topics, ({ name, batches }) => {
      to.string(name).array(batches, ({ partition, bytes }) => {
        const error = this.#append(id, name, partition, bytes);
        to.int32(partition).int16(error).raw(int64(0n)).raw(int64(-1n));
        if (version >= 5) to.raw(int64(0n));
        if (version >= 8) to.int32(0).string(error === 0 ? undefined : "said by the test");
      });
    });
    to.int32(this.throttleMs);
  }

  #append(id: number, topic: string, number: number, bytes: Buffer): number {
    const partition = this.topics.get(topic)?.[number];
    if (partition === undefined) return ERROR.UNKNOWN_TOPIC_OR_PARTITION;
    if (partition.leader !== id) return ERROR.NOT_LEADER_OR_FOLLOWER;
    if (bytes.length > (this.options.maxBatchBytes ?? 1_048_588)) return ERROR.MESSAGE_TOO_LARGE;
    const batch = readBatch(Buffer.from(bytes));
    const refused = this.refuse(batch, topic, number);
    if (refused !== ERROR.NONE) return refused;
    const verdict = this.#judge(partition, batch);
    if (verdict === undefined) return ERROR.NONE;
    if (verdict !== ERROR.NONE) return verdict;
    partition.batches.push(batch);
    partition.records.push(...batch.records);
    return ERROR.NONE;
  }

  /** As `ProducerAppendInfo` has it. @returns `undefined` for a batch that is there already. */
  #judge({ producers }: Partition, { producerId, epoch, sequence, count }: ReadBatch): number | undefined {
    if (producerId < 0n) return ERROR.NONE;
    const known = producers.get(producerId);
    if (known !== undefined && epoch < known.epoch) return ERROR.INVALID_PRODUCER_EPOCH;
    const range = { from: sequence, to: (sequence + count - 1) % 2 ** 31 };
    if (known === undefined || epoch > known.epoch) {
      if (known !== undefined && sequence !== 0) return ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER;
      producers.set(producerId, { epoch, last: [range] });
      return ERROR.NONE;
    }
    if (known.last.some((one) => one.from === range.from && one.to === range.to)) {
      this.duplicates++;
      return undefined;
    }
    if (sequence !== (known.last.at(-1)!.to + 1) % 2 ** 31) return ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER;
    known.last.push(range);
    if (known.last.length > 5) known.last.shift();
    return ERROR.NONE;
  }

  #handshake({ from, to, peer }: Call): void {
    const { mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] } = this.options;
    peer.mechanism = from.string() ?? "";
    const isKnown = mechanisms.includes(peer.mechanism);
    to.int16(isKnown ? 0 : ERROR.UNSUPPORTED_SASL_MECHANISM).array(mechanisms, (name) => to.string(name));
  }

  #authenticate({ from, to, peer, version }: Call): void {
    const answer = this.#login(peer, from.bytes().toString());
    if (answer === undefined)
      to.int16(ERROR.SASL_AUTHENTICATION_FAILED).string("Authentication failed").bytes(Buffer.alloc(0));
    else to.int16(0).string(undefined).bytes(Buffer.from(answer));
    if (version >= 1) to.raw(int64(BigInt(this.options.sessionMs ?? 0)));
  }

  /** @returns `undefined` for somebody who is not known. */
  #login(peer: Peer, message: string): string | undefined {
    const { name, password } = this.options.user!;
    if (peer.mechanism === "PLAIN") {
      peer.isKnown = message === `\0${name}\0${password}`;
      return peer.isKnown ? "" : undefined;
    }
    const hash = peer.mechanism === "SCRAM-SHA-512" ? "sha512" : "sha256";
    const hmac = (key: Buffer, text: string | Buffer) => createHmac(hash, key).update(text).digest();
    if (peer.scram === undefined) {
      const bare = message.slice("n,,".length);
      const nonce = /r=(.*)$/.exec(bare)![1]!;
      if (!bare.startsWith(`n=${name},`)) return undefined;
      const salt = randomBytes(16);
      const salted = pbkdf2Sync(password, salt, 4096, hash === "sha512" ? 64 : 32, hash);
      const first = `r=${nonce}server,s=${salt.toString("base64")},i=4096`;
      peer.scram = { bare, first, salted };
      return first;
    }
    const { bare, first, salted } = peer.scram;
    const [withoutProof, proof] = message.split(",p=");
    const text = `${bare},${first},${withoutProof}`;
    const stored = createHash(hash).update(hmac(salted, "Client Key")).digest();
    const signature = hmac(stored, text);
    const clientKey = Buffer.from(proof!, "base64").map((byte, i) => byte ^ signature[i]!);
    if (!createHash(hash).update(clientKey).digest().equals(stored)) return undefined;
    peer.isKnown = true;
    return `v=${hmac(hmac(salted, "Server Key"), text).toString("base64")}`;
  }
}

interface Call {
  readonly from: Reader;
  readonly to: Writer;
  readonly version: number;
  /** Of the broker. */
  readonly id: number;
  readonly peer: Peer;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
