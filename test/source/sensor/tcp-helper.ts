/**
 * @module A server and a client that the sensor's tests run: `ADDRESS SENT ANSWER`.
 *
 * The server starts the client as a process of its own. The client connects to a port where nobody listens, then
 * to the server, sends SENT bytes, reads ANSWER bytes and closes; then it connects a UDP socket to the server's port. The ports are printed as JSON.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

const [address = "", sent = "", answer = "", role, serverPort, refusedPort] = process.argv.slice(2);

async function client(): Promise<void> {
  const refused = connect(Number(refusedPort), address);
  await once(refused, "error");
  const socket = connect(Number(serverPort), address);
  await once(socket, "connect");
  const { localPort } = socket;
  let received = 0;
  socket.on("data", (bytes: Buffer) => {
    received += bytes.length;
    if (received === Number(answer)) socket.end();
  });
  socket.write(Buffer.alloc(Number(sent)));
  await once(socket, "close");
  const udp = await Bun.udpSocket({
    hostname: address,
    connect: { hostname: address, port: Number(serverPort) },
  });
  const { port: udpPort } = udp;
  udp.close();
  const port = Number(serverPort);
  console.log(JSON.stringify({ port, clientPort: localPort, refusedPort: Number(refusedPort), udpPort }));
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function server(): Promise<void> {
  const free = await freePort();
  const listener = createServer((socket: Socket) => {
    let received = 0;
    socket.on("data", (bytes: Buffer) => {
      received += bytes.length;
      if (received === Number(sent)) socket.write(Buffer.alloc(Number(answer)));
    });
  }).listen(0, address);
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const child = Bun.spawn(
    [process.execPath, import.meta.path, address, sent, answer, "client", String(port), String(free)],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  await child.exited;
  listener.close();
  await once(listener, "close");
}

await (role === "client" ? client() : server());
