/**
 * @module Real OpenSearch and Elasticsearch nodes for tests, on loopback: started by the scripts of this directory, which fetch them
 * once.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** The scripts. */
export type SearchServer = "opensearch" | "elasticsearch";

/** Two cores that others use, too, and a download before the first start. */
const PATIENCE_MS = 600_000;

/** A node that runs. */
export interface OpenSearchPeer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Set by runs that may take their time: they fetch what is not there. */
const MAY_FETCH = "TETRAD_FETCH_PEERS";

/** Why there can be no node here; `undefined` where there can. */
export function missingForOpenSearch(server: SearchServer = "opensearch"): string | undefined {
  const missing = ["java", "javac", "mvn"].filter((command) => Bun.which(command) === null);
  if (missing.length > 0) return `needs ${missing.join(", ")}`;
  const cache = process.env.PEERS_CACHE ?? join(homedir(), ".cache/peers");
  const isThere = existsSync(join(cache, server, "ready")) || process.env[MAY_FETCH] !== undefined;
  return isThere ? undefined : `needs ${server}, which npm run acceptance -- elastic fetches`;
}

/** Starts a node and waits until it answers. @throws Error with what it has said, when it ends before. */
export async function startOpenSearch(server: SearchServer = "opensearch"): Promise<OpenSearchPeer> {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-search-"));
  const port = freePort();
  const log = join(directory, "log");
  const node = Bun.spawn([join(import.meta.dir, server), `${port}`, directory], {
    stdout: Bun.file(log),
    stderr: Bun.file(log),
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    node.kill();
    await node.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const end = performance.now() + PATIENCE_MS;
  while (!(await answers(url))) {
    if (node.exitCode !== null || performance.now() > end) {
      const said = await Bun.file(log).text();
      await stop();
      throw new Error(`Cannot start ${server}: it has ended, or does not answer:\n${said.slice(-2000)}`);
    }
    await Bun.sleep(200);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/_cluster/health`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
