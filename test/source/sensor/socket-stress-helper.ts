/**
 * @module Two servers and many clients that the sensor's socket stress test runs: `main CLIENTS CONNECTIONS`.
 *
 * The first process listens on `127.0.0.1`, and starts a server that listens on `::1` and the clients. Each client
 * makes its connections to both in turns, a few at a time. No two connections of a run send or answer equally many bytes; every
 * other one is closed by the server first. What was done is printed as JSON, a {@link Run}.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A connection as its client saw it. */
export interface Connection {
  readonly client: number;
  readonly address: string;
  readonly clientPort: number;
  readonly sent: number;
  readonly received: number;
}

/** What all of them did. */
export interface Run {
  /** Of the servers, by address. */
  readonly ports: Readonly<Record<string, number>>;
  readonly connections: readonly Connection[];
}

const CONCURRENT = 4;
const ADDRESSES = ["127.0.0.1", "::1"] as const;
/** What a client sends begins with: all that it will send, what it wants to be sent, and whether the server closes. */
const HEADER_SIZE = 12;

function answer(socket: Socket): void {
  const chunks: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => {
    chunks.push(bytes);
    const request = Buffer.concat(chunks);
    if (request.length < HEADER_SIZE || request.length < request.readUInt32LE(0)) return;
    const text = Buffer.alloc(request.readUInt32LE(4));
    if (request.readUInt32LE(8) === 1) socket.end(text);
    else socket.write(text);
  });
}

async function listen(address: string): Promise<Server> {
  const server = createServer(answer).listen(0, address);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Stops listening and waits for the connections' ends. */
async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

async function visit(
  address: string,
  port: number,
  id: number,
  isServerFirst: boolean,
): Promise<Omit<Connection, "client">> {
  const socket = connect(port, address);
  await once(socket, "connect");
  const clientPort = socket.localPort ?? 0;
  const request = Buffer.alloc(HEADER_SIZE + id);
  const wanted = 1 + 2 * id;
  request.writeUInt32LE(request.length, 0);
  request.writeUInt32LE(wanted, 4);
  request.writeUInt32LE(isServerFirst ? 1 : 0, 8);
  let received = 0;
  socket.on("data", (bytes: Buffer) => {
    received += bytes.length;
    if (received === wanted && !isServerFirst) socket.end();
  });
  const closed = once(socket, "close");
  socket.write(request);
  await closed;
  return { address, clientPort, sent: request.length, received };
}

async function client(number: number, count: number, ports: readonly number[]): Promise<void> {
  const connections: Connection[] = [];
  const lane = async (first: number): Promise<void> => {
    for (let i = first; i < count; i += CONCURRENT) {
      const family = i % 2;
      const isServerFirst = (i >> 1) % 2 === 1;
      const connection = await visit(ADDRESSES[family]!, ports[family]!, number * count + i, isServerFirst);
      connections.push({ client: number, ...connection });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, (_, first) => lane(first)));
  console.log(JSON.stringify(connections));
}

/** The second server, until its standard input ends. */
async function secondServer(): Promise<void> {
  const server = await listen(ADDRESSES[1]);
  console.log(portOf(server));
  await Bun.stdin.text();
  await close(server);
}

function start(...args: readonly (string | number)[]): Bun.Subprocess<"pipe", "pipe", "inherit"> {
  return Bun.spawn([process.execPath, import.meta.path, ...args.map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function main(clients: number, count: number): Promise<void> {
  const server = await listen(ADDRESSES[0]);
  const second = start("server");
  const { value } = await second.stdout.getReader().read();
  const ports = [portOf(server), Number(new TextDecoder().decode(value))];
  const texts = await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const child = start("client", number, count, ...ports);
      const text = await new Response(child.stdout).text();
      await child.exited;
      return text;
    }),
  );
  second.stdin.end();
  await second.exited;
  await close(server);
  const run: Run = {
    ports: Object.fromEntries(ADDRESSES.map((address, i) => [address, ports[i]!])),
    connections: texts.flatMap((text) => JSON.parse(text) as Connection[]),
  };
  console.log(JSON.stringify(run));
}

const [role = "", ...rest] = process.argv.slice(2);
const numbers = rest.map(Number);
if (role === "server") await secondServer();
else if (role === "client") await client(numbers[0]!, numbers[1]!, numbers.slice(2));
else if (role === "main") await main(numbers[0]!, numbers[1]!);
