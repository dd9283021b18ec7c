/** A server that takes bulk requests as Elasticsearch does, and keeps nothing: what an agent costs without one. Prints its port. */

const NEWLINE = 0x0a;
const NO_INDEX = { error: { type: "index_not_found_exception", reason: "no such index" }, status: 404 };
const ITEM = '{"create":{"status":201}}';
let answer = { count: -1, text: "" };

/** The answer about so many documents. */
function answerOf(count: number): string {
  if (answer.count !== count)
    answer = { count, text: `{"errors":false,"items":[${Array(count).fill(ITEM).join(",")}]}` };
  return answer.text;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

let documents = 0;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  maxRequestBodySize: 1024 ** 3,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/count") return Response.json(documents);
    if (!pathname.endsWith("/_bulk")) return Response.json(NO_INDEX, { status: 404 });
    const count = countLines(Buffer.from(await request.arrayBuffer())) / 2;
    documents += count;
    return new Response(answerOf(count), { headers: { "content-type": "application/json" } });
  },
});
console.log(server.port);
