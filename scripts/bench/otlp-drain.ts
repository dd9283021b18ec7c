/** A server that takes OTLP over HTTP and keeps nothing. Prints its port; `/count` says how many requests it has taken. */

/** As Collectors answer: `partial_success` is there, and empty. */
const TAKEN = new Uint8Array([0x0a, 0x00]);
const HEADERS = { "content-type": "application/x-protobuf" };

let requests = 0;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  maxRequestBodySize: 1024 ** 3,
  async fetch(request) {
    if (new URL(request.url).pathname === "/count") return Response.json(requests);
    await request.arrayBuffer();
    requests++;
    return new Response(TAKEN, { headers: HEADERS });
  },
});
console.log(server.port);

export {};
