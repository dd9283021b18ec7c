/** Requests of policies, answered on this host alone. */
import { afterEach, describe, expect, test } from "bun:test";
import { PolicyRequests, type RequestsSettings } from "../../../../src/source/sensor/policy/requests.ts";
import { until } from "../support.ts";

const resources: Disposable[] = [];
afterEach(() => {
  for (const resource of resources.splice(0)) resource[Symbol.dispose]();
});

function requests(settings?: RequestsSettings): PolicyRequests {
  const made = new PolicyRequests(settings);
  resources.push(made);
  return made;
}

/** A server that answers so; how often it was asked for what, and its address. */
function serve(answer: (request: Request) => Response | Promise<Response>) {
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return answer(request);
    },
  });
  resources.push({ [Symbol.dispose]: () => void server.stop(true) });
  return { asked, url: (path: string) => `http://127.0.0.1:${server.port}${path}` };
}

const get = (made: PolicyRequests, url: string) =>
  new Promise<string>((resolve) => made.make({ action: "GetUrl", url }, resolve));

/** A name server that says that there is no such name, or nothing; and the names that it was asked for. */
async function nameServer(answers: boolean) {
  const names: string[] = [];
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, query, port, address) {
        names.push(
          query.toString("latin1", 12, query.indexOf(0, 12)).replace(/^./, "").replaceAll(/[^\w]/g, "."),
        );
        if (!answers) return;
        query[2]! |= 0x80;
        query[3]! = 0x83;
        socket.send(query, port, address);
      },
    },
  });
  resources.push({ [Symbol.dispose]: () => socket.close() });
  return { names, servers: [`127.0.0.1:${socket.port}`] };
}

describe("PolicyRequests", () => {
  test("gets an address, and goes nowhere that an answer leads to", async () => {
    const { asked, url } = serve(() => Response.redirect("/elsewhere"));
    expect(await get(requests(), url("/canary"))).toBe("answered");
    expect(asked).toEqual(["GET /canary"]);
  });

  test("says when nobody answers", async () => {
    const { url } = serve(() => new Promise(() => {}));
    expect(await get(requests({ timeoutMs: 100 }), url("/"))).toBe("failed");
    expect(await get(requests(), "http://127.0.0.1:1/")).toBe("failed");
  });

  test("stops reading an answer that does not end", async () => {
    let isCancelled = false;
    const { url } = serve(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue(new Uint8Array(1 << 14));
              await Bun.sleep(1);
            },
            cancel() {
              isCancelled = true;
            },
          }),
        ),
    );
    expect(await get(requests(), url("/"))).toBe("answered");
    await until(() => isCancelled, "the server has stopped");
  });

  test("asks for the same once at a time, and for four things at most", async () => {
    let release = () => {};
    const waits = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { asked, url } = serve(async () => {
      await waits;
      return new Response("");
    });
    const made = requests();
    const paths = ["/1", "/1", "/2", "/3", "/4", "/5"];
    const results = paths.map((path) => get(made, url(path)));
    await until(() => asked.length === 4, "four are under way");
    release();
    expect(await Promise.all(results)).toEqual([
      "answered",
      "dropped",
      "answered",
      "answered",
      "answered",
      "dropped",
    ]);
  });

  test("makes ten requests at once, and then has to wait", async () => {
    const { asked, url } = serve(() => new Response(""));
    const made = requests();
    const results: string[] = [];
    while (!results.includes("dropped") && results.length < 1000)
      results.push(await get(made, url(`/${results.length}`)));
    expect(results.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => "answered"));
    expect(results.at(-1)).toBe("dropped");
    expect(asked).toHaveLength(results.length - 1);
  });

  test("looks up a name, of which there need be none", async () => {
    const { names, servers } = await nameServer(true);
    const made = requests({ servers });
    const result = await new Promise((resolve) =>
      made.make({ action: "DnsLookup", name: "canary.example.com" }, resolve),
    );
    expect([result, names]).toEqual(["answered", ["canary.example.com"]]);
  });

  test("does not wait for name servers for ever", async () => {
    const { servers } = await nameServer(false);
    const made = requests({ servers, timeoutMs: 100 });
    const result = await new Promise((resolve) =>
      made.make({ action: "DnsLookup", name: "canary.example.com" }, resolve),
    );
    expect(result).toBe("failed");
  });

  test("ends what is under way with the agent, and begins nothing more", async () => {
    const { asked, url } = serve(() => new Promise(() => {}));
    const made = requests();
    const result = get(made, url("/"));
    await until(() => asked.length === 1, "it is under way");
    made[Symbol.dispose]();
    expect(await result).toBe("failed");
    expect(await get(made, url("/"))).toBe("dropped");
  });
});
