import { afterEach, expect, spyOn, test } from "bun:test";
import * as v from "valibot";
import type { WatcherSettings } from "../../../src/kubernetes/api/watcher-settings.ts";
import { type ApiAccess, ApiClient, ObjectMeta, Watcher } from "../../../src/kubernetes/index.ts";
import { FakeApiServer } from "../api-server.ts";

const PODS = "/api/v1/pods";
const Pod = v.object({ metadata: ObjectMeta });
type Pod = v.InferOutput<typeof Pod>;

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const { dispose } of opened.splice(0).reverse()) await dispose();
});

async function startServer(): Promise<FakeApiServer> {
  const server = await new FakeApiServer().start();
  opened.push({ dispose: () => server.stop() });
  return server;
}

function accessOf(server: FakeApiServer): ApiAccess {
  return {
    server: server.url,
    skipsVerification: false,
    credentials: {},
    namespace: "default",
    origin: "a test",
  };
}

const QUICK = { initialMs: 5, maxMs: 20, factor: 2, jitter: 0.5, giveUpMs: Number.POSITIVE_INFINITY };

/** Follows pods; what it knows and what it logged. */
function follow(server: FakeApiServer, settings: Partial<WatcherSettings<Pod>> = {}) {
  const names = new Map<string, string>();
  const log: string[] = [];
  let lists = 0;
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const check of waiting) check();
  };
  const watcher = new Watcher<Pod>({
    client: new ApiClient(accessOf(server)),
    what: "pods",
    path: PODS,
    query: { fieldSelector: "spec.nodeName=here" },
    schema: Pod,
    listener: {
      onList(pods) {
        lists++;
        names.clear();
        for (const { metadata } of pods) names.set(metadata.name, metadata.labels?.v ?? "");
        changed();
      },
      onChange({ metadata }) {
        names.set(metadata.name, metadata.labels?.v ?? "");
        changed();
      },
      onDelete({ metadata }) {
        names.delete(metadata.name);
        changed();
      },
    },
    log: {
      info() {},
      warn: (message, fields) => void log.push(`${message} ${JSON.stringify(fields)}`),
    },
    backoff: { gone: QUICK, overloaded: QUICK },
    ...settings,
  });
  watcher.start();
  opened.push({ dispose: () => watcher.stop() });
  const until = (condition: () => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (!condition()) return;
      waiting.delete(check);
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(check, 5);
    waiting.add(check);
    check();
    return promise;
  };
  return {
    watcher,
    names,
    log,
    until,
    get lists() {
      return lists;
    },
  };
}

const pod = (name: string, label = "1", node = "here") => ({
  metadata: { name, namespace: "n", uid: `uid-${name}`, labels: { v: label } },
  spec: { nodeName: node },
});

test("Watcher lists this node's pods and follows what becomes of them", async () => {
  const server = await startServer();
  server.put(PODS, pod("a"));
  server.put(PODS, pod("elsewhere", "1", "there"));
  const { watcher, names, until } = follow(server);
  await watcher.synced;
  expect([...names.keys()]).toEqual(["a"]);
  server.put(PODS, pod("b"));
  server.put(PODS, pod("a", "2"));
  await until(() => names.get("a") === "2" && names.has("b"));
  server.delete(PODS, "a", "n");
  await until(() => !names.has("a"));
  expect(watcher.figures).toEqual({ lists: 1, watches: 1, objects: 4, malformed: 0, failures: 0 });
  const [list, watch] = server.requests;
  expect(list!.query.get("resourceVersion")).toBe("0");
  expect(watch!.query.get("allowWatchBookmarks")).toBe("true");
  expect(watch!.query.get("fieldSelector")).toBe("spec.nodeName=here");
});

test("Watcher takes a list page by page", async () => {
  const server = await startServer();
  server.pageSize = 3;
  for (let i = 0; i < 8; i++) server.put(PODS, pod(`p${i}`));
  const { watcher, names } = follow(server);
  await watcher.synced;
  expect(names.size).toBe(8);
  expect(server.requests.filter(({ query }) => query.has("continue"))).toHaveLength(2);
});

test("Watcher goes on where a watch ended, from the last bookmark", async () => {
  const server = await startServer();
  server.put(PODS, pod("a"));
  const state = follow(server);
  await state.watcher.synced;
  await state.until(() => server.watchCount === 1);
  for (let i = 0; i < 5; i++) server.put("/api/v1/secrets", pod("noise"));
  server.bookmark();
  server.put(PODS, pod("b"));
  await state.until(() => state.names.has("b"));
  server.cut();
  server.put(PODS, pod("c"));
  await state.until(() => state.names.has("c"));
  expect(state.lists).toBe(1);
  const watches = server.requests.filter(({ query }) => query.get("watch") === "true");
  expect(Number(watches.at(-1)!.query.get("resourceVersion"))).toBeGreaterThan(1005);
});

test("Watcher lists anew when its version has expired", async () => {
  const server = await startServer();
  server.put(PODS, pod("a"));
  server.put(PODS, pod("b"));
  const state = follow(server);
  await state.watcher.synced;
  await state.until(() => server.watchCount === 1);
  await server.stop();
  server.delete(PODS, "a", "n");
  server.compact();
  await server.start();
  await state.until(() => !state.names.has("a"));
  expect(state.lists).toBe(2);
  expect([...state.names.keys()]).toEqual(["b"]);
});

test("Watcher finds its way when the server comes back with older versions", async () => {
  const server = await startServer();
  server.put(PODS, pod("a"));
  const state = follow(server);
  await state.watcher.synced;
  await server.stop();
  await state.until(() => state.watcher.figures.failures > 3);
  expect(state.watcher.isFailing).toBe(true);
  expect(state.names.has("a")).toBe(true);
  server.restore(7);
  server.put(PODS, pod("b"));
  await server.start();
  await state.until(() => state.names.has("b") && !state.watcher.isFailing);
  expect(state.log[0]).toStartWith("Cannot follow pods of the API server: trying again");
});

test("Watcher takes a dead connection for one that ended", async () => {
  const server = await startServer();
  const state = follow(server, { silenceMs: 50 });
  await state.watcher.synced;
  await state.until(() => state.watcher.figures.watches > 2);
  expect(state.lists).toBe(1);
});

test("Watcher leaves out what it cannot understand, and goes on", async () => {
  const server = await startServer();
  server.put(PODS, pod("a"));
  server.put(PODS, { metadata: { name: "odd", labels: [1] }, spec: { nodeName: "here" } });
  const state = follow(server);
  await state.watcher.synced;
  await state.until(() => server.watchCount === 1);
  server.send("no json\n");
  server.send('{"type":"STRANGE","object":{}}\n');
  server.send('{"type":"ADDED","object":{"metadata":{"name":7,"resourceVersion":"1001"}}}\n');
  server.put(PODS, pod("b"));
  await state.until(() => state.names.has("b"));
  expect([...state.names.keys()]).toEqual(["a", "b"]);
  expect(state.watcher.figures.malformed).toBe(4);
  expect(state.log).toHaveLength(1);
});

test("Watcher logs no more than the beginning of what it cannot understand", async () => {
  const server = await startServer();
  server.put(PODS, { metadata: { name: "odd", labels: "x".repeat(1 << 20) }, spec: { nodeName: "here" } });
  const state = follow(server);
  await state.watcher.synced;
  expect(state.log[0]).toContain("metadata.labels");
  expect(state.log[0]!.length).toBeLessThan(500);
});

test("Watcher leaves a server alone that refuses, for as long as that says", async () => {
  const server = await startServer();
  let refused = 0;
  server.intercept = ({ path }) =>
    path === PODS && refused++ < 2
      ? {
          status: 429,
          body: { kind: "Status", code: 429, message: "slow down", reason: "TooManyRequests" },
          headers: { "retry-after": "0" },
        }
      : undefined;
  const state = follow(server);
  await state.watcher.synced;
  expect(state.watcher.figures.failures).toBe(2);
  expect(state.log[0]).toContain("status 429, slow down");
});

const GONE_LINE = `${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } })}\n`;
const EMPTY = { kind: "PodList", metadata: { resourceVersion: "1" }, items: [] };

test("Watcher asks a server that forgets every version with pauses", async () => {
  const server = await startServer();
  server.intercept = ({ query }) =>
    query.has("watch") ? { status: 410, body: { kind: "Status", code: 410, reason: "Expired" } } : undefined;
  const state = follow(server);
  await state.until(() => state.watcher.figures.failures >= 5);
  expect(state.watcher.isFailing).toBe(true);
  // The first is free. Each of the others has its pause, however well the list before it went.
  expect(state.watcher.figures.lists).toBe(6);
  expect(state.log[0]).toContain("status 410");
});

test("Watcher asks one with pauses that forgets a version as soon as it has said something", async () => {
  const server = await startServer();
  const state = follow(server);
  await state.watcher.synced;
  for (let i = 0; i < 4; i++) {
    await state.until(() => server.watchCount === 1 && state.lists === i + 1);
    server.bookmark();
    server.send(GONE_LINE);
    await state.until(() => state.lists > i + 1);
  }
  expect(state.watcher.figures.failures).toBe(3);
});

test("Watcher gives up a list that has no end", async () => {
  const server = await startServer();
  let pages = 0;
  server.intercept = ({ query }) =>
    query.has("watch")
      ? undefined
      : { status: 200, body: { ...EMPTY, metadata: { resourceVersion: "1", continue: `more-${++pages}` } } };
  const state = follow(server, {
    backoff: { gone: QUICK, overloaded: { ...QUICK, initialMs: 1 << 20, maxMs: 1 << 20 } },
  });
  await state.until(() => state.watcher.figures.failures === 1);
  expect(pages).toBe(1000);
  expect(state.log[0]).toContain("has no end");
});

test("Watcher asks for no version that is too long to be one, and lists anew when its own is not understood", async () => {
  const server = await startServer();
  server.put(PODS, pod("a"));
  const state = follow(server);
  await state.watcher.synced;
  await state.until(() => server.watchCount === 1);
  const metadata = { resourceVersion: "9".repeat(100_000) };
  server.send(`${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`);
  let refused = 0;
  server.intercept = ({ query }) =>
    query.has("watch") && refused++ === 0
      ? { status: 400, body: { kind: "Status", code: 400, message: "invalid resource version" } }
      : undefined;
  server.put(PODS, pod("b"));
  await state.until(() => state.names.has("b"));
  server.cut();
  await state.until(() => state.lists === 2);
  expect(
    Math.max(...server.requests.map(({ query }) => query.get("resourceVersion")?.length ?? 0)),
  ).toBeLessThan(10);
  expect(server.requests.findLast(({ query }) => !query.has("watch"))!.query.has("resourceVersion")).toBe(
    false,
  );
});

test("Watcher leaves nothing behind of each time that it waits", async () => {
  using added = spyOn(EventTarget.prototype, "addEventListener");
  using removed = spyOn(EventTarget.prototype, "removeEventListener");
  const server = await startServer();
  server.intercept = () => ({ status: 503, body: {} });
  const state = follow(server, { backoff: { gone: QUICK, overloaded: { ...QUICK, maxMs: 1 } } });
  await state.until(() => state.watcher.figures.failures > 30);
  await state.watcher.stop();
  const ofAborts = ({ mock }: typeof added | typeof removed) =>
    mock.calls.filter(([type]) => type === "abort").length;
  expect(ofAborts(added)).toBeGreaterThan(20);
  expect(ofAborts(added) - ofAborts(removed)).toBeLessThan(3);
});

test("ApiError asks nobody to wait for longer than a timer can", async () => {
  const server = await startServer();
  server.intercept = () => ({
    status: 429,
    body: { kind: "Status", code: 429, details: { retryAfterSeconds: 1e9 } },
  });
  const error = await new ApiClient(accessOf(server))
    .request({ path: PODS })
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ status: 429, retryAfterMs: 300_000 });
});

test("Watcher.stop() ends a watch, a wait, and a list that is under way", async () => {
  const server = await startServer();
  const watching = follow(server);
  await watching.watcher.synced;
  await watching.until(() => server.watchCount === 1);
  await watching.watcher.stop();
  await watching.until(() => server.watchCount === 0);

  server.pause = new Promise(() => {});
  const listing = follow(server);
  await listing.until(() => server.requests.length >= 3);
  await listing.watcher.stop();
  expect(listing.watcher.isSynced).toBe(false);
  await listing.watcher.stop();
});
