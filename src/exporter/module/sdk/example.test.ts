/** Tests of example.ts: `tetrad sdk test` runs them. One that throws has failed. */
import { deepStrictEqual as same } from "node:assert";
import example from "./example.ts";
import type { Tests } from "./tetrad.d.ts";

/** A webhook that keeps what it gets. */
function webhook(status = 200) {
  const got: unknown[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      got.push(...((await request.json()) as unknown[]));
      return new Response("", { status });
    },
  });
  return { got, url: `http://127.0.0.1:${server.port}/`, [Symbol.dispose]: () => server.stop(true) };
}

const events = [
  {
    process_exec: { process: { binary: "/usr/bin/curl", arguments: "-d token=abc x", pid: 7, uid: 0 } },
    time: "t",
  },
  { process_exit: { process: { binary: "/usr/bin/curl", pid: 7 } } },
];

export default {
  async "sends new processes, without what is secret"(run) {
    using hook = webhook();
    const { acknowledged, error } = await run(example, { events, options: { url: hook.url } });
    same(error, undefined);
    same(acknowledged, [0, 1]);
    same(hook.got, [{ at: "t", binary: "/usr/bin/curl", command: "-d token=... x", pid: 7, uid: 0 }]);
  },

  async "has events given again when the webhook takes none"(run) {
    using hook = webhook(503);
    const { acknowledged, error } = await run(example, { events, options: { url: hook.url } });
    same(acknowledged, []);
    same(String(error), "Error: the webhook says 503");
  },
} satisfies Tests;
