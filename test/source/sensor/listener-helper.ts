/**
 * @module A listener that the sensor's tests run: `ADDRESS PORT [shared]`. It prints its port, greets and ends each
 * connection, and goes away when its standard input ends.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

const [address = "", port = "", shared] = process.argv.slice(2);

const server = createServer((socket) => {
  socket.end("welcome");
  socket.resume();
});
server.listen({ host: address, port: Number(port), reusePort: shared === "shared" });
await once(server, "listening");
console.log((server.address() as AddressInfo).port);
await Bun.stdin.text();
process.exit(0);
