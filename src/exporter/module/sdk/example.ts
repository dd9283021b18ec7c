/**
 * An exporter module of tetrad: new processes to a webhook, in the form that it wants, without what it must not see.
 *
 *     tetrad sdk test                                       # runs example.test.ts
 *     tetrad --export-module=$PWD/example.ts --export-module-options=url=https://hooks.example/x
 */
import type { Exporter, TetragonEvent } from "./tetrad.d.ts";

/** What the webhook wants of an event; `undefined` for one that it does not want. */
export function reshape(event: TetragonEvent): object | undefined {
  const process = event.process_exec?.process;
  if (process === undefined) return undefined;
  const { binary, pid, uid, pod } = process;
  const command = (process.arguments ?? "").replace(/(password|token)=\S+/gi, "$1=...");
  return { at: event.time, node: event.node_name, binary, command, pid, uid, pod: pod?.name };
}

let url = "";

export default {
  needs: { options: ["url"] },

  open({ options }) {
    url = options.url ?? "";
  },

  async export(batch) {
    const wanted = batch.events.map(reshape).filter((event) => event !== undefined);
    if (wanted.length === 0) return;
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(wanted),
      signal: AbortSignal.timeout(10_000),
    });
    // All events are given again after what it asks for, or after a while.
    if (!answer.ok) {
      const retryAfterMs = Number(answer.headers.get("retry-after")) * 1000;
      throw Object.assign(new Error(`the webhook says ${answer.status}`), { retryAfterMs });
    }
  },
} satisfies Exporter;
