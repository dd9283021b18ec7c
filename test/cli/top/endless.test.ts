import { afterEach, expect, test } from "bun:test";
import { type AddressInfo, createServer } from "node:net";
import { top } from "../../../src/cli/top.ts";
import { cleanUp, onEnd } from "../../e2e/harness.ts";

afterEach(cleanUp);

test("tetrad top reads no more than 64 MiB of an answer", async () => {
  const piece = Buffer.from('tetragon_events_total{type="a"} 1\n'.repeat(10_000));
  const server = createServer((socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on("error", () => {});
    socket.on("drain", more);
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
      more();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onEnd(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const context = { argv: [`--metrics-address=127.0.0.1:${port}`, "--count=1"], env: {}, print: () => true };
  await expect(top.run(context as never)).rejects.toThrow("the answer has more than 67108864 bytes");
});
