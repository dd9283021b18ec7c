import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import {
  type ClusterEvent,
  EventRecorder,
  type RecorderSettings,
} from "../../../src/kubernetes/events/index.ts";
import { ApiClient } from "../../../src/kubernetes/index.ts";
import { type ApiObject, FakeApiServer } from "../api-server.ts";

const PATH = "/apis/events.k8s.io/v1/events";
const NODE = { kind: "Node", name: "worker-1", uid: "worker-1" } as const;
const STARTED: ClusterEvent = {
  regarding: NODE,
  type: "Normal",
  reason: "AgentStarted",
  action: "Start",
  note: "tetrad has started",
};

let server: FakeApiServer;
let warnings: string[];
let time = 0;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  warnings = [];
  time = 0;
});
afterEach(() => server.stop());

function recorder(settings: Partial<RecorderSettings> = {}): EventRecorder {
  const access = {
    server: server.url,
    skipsVerification: false,
    credentials: {},
    namespace: "default",
    origin: "a test",
  };
  return new EventRecorder({
    client: new ApiClient(access),
    instance: "tetragon-x7x2b",
    jitterMs: 0,
    now: () => time,
    log: { warn: (_, fields) => warnings.push(JSON.stringify(fields)), debug: () => {} },
    ...settings,
  });
}

/** Waits until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(2);
}

function events(): ApiObject[] {
  return server.requests
    .filter(({ method }) => method === "POST")
    .map(({ path, body }) => ({ ...(body as ApiObject), path }));
}

function stored(): ApiObject[] {
  return events().map(({ metadata }) => server.get(PATH, metadata.name, metadata.namespace) as ApiObject);
}

describe("EventRecorder", () => {
  test("makes an Event about a Node in the namespace default", async () => {
    const { figures, record } = bound(recorder());
    record(STARTED);
    await until(() => figures.created === 1);
    const [event] = events();
    expect(event).toMatchObject({
      path: "/apis/events.k8s.io/v1/namespaces/default/events",
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "default" },
      reportingController: "tetrad",
      reportingInstance: "tetragon-x7x2b",
      type: "Normal",
      reason: "AgentStarted",
      action: "Start",
      note: "tetrad has started",
      regarding: { apiVersion: "v1", kind: "Node", name: "worker-1", uid: "worker-1" },
    });
    expect(event?.eventTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(event?.metadata.name).toMatch(/^worker-1\.[0-9a-f]{16}$/);
    expect(event).not.toHaveProperty("series");
  });

  test("makes one about a Pod in the namespace of the Pod", async () => {
    const { figures, record } = bound(recorder());
    const pod = { kind: "Pod", name: "tetragon-x7x2b", namespace: "kube-system", uid: "u-1" } as const;
    record({ ...STARTED, regarding: pod });
    await until(() => figures.created === 1);
    expect(events()[0]).toMatchObject({
      path: "/apis/events.k8s.io/v1/namespaces/kube-system/events",
      regarding: { kind: "Pod", name: "tetragon-x7x2b", namespace: "kube-system", uid: "u-1" },
    });
  });

  test("what repeats is one object with a count", async () => {
    const { figures, record } = bound(recorder());
    record(STARTED);
    record(STARTED);
    await until(() => figures.created === 1);
    expect(stored()[0]?.series).toMatchObject({ count: 2 });
    record(STARTED);
    await until(() => figures.updated === 1);
    expect(events()).toHaveLength(1);
    expect(stored()[0]?.series).toMatchObject({ count: 3 });
  });

  test("what has not repeated for six minutes begins anew", async () => {
    const { figures, record } = bound(recorder());
    record(STARTED);
    await until(() => figures.created === 1);
    time += 6 * 60_000;
    record(STARTED);
    await until(() => figures.created === 2);
    expect(new Set(events().map(({ metadata }) => metadata.name)).size).toBe(2);
  });

  test("one that has expired on the server is made anew", async () => {
    const { figures, record } = bound(recorder());
    record(STARTED);
    await until(() => figures.created === 1);
    const { name } = events()[0]!.metadata;
    server.delete(PATH, name, "default");
    record(STARTED);
    await until(() => figures.created === 2);
    expect(stored()[0]?.series).toMatchObject({ count: 2 });
  });

  test("one whose answer was lost is not made twice", async () => {
    const { figures, record } = bound(recorder());
    let isFirst = true;
    server.intercept = ({ method, path, body }) => {
      if (method !== "POST" || !isFirst) return undefined;
      isFirst = false;
      server.put(path.replace("/namespaces/default", ""), body as ApiObject);
      return { status: 503, body: {}, headers: { "retry-after": "0" } };
    };
    record(STARTED);
    await until(() => figures.updated === 1);
    expect(figures.created).toBe(0);
    expect(new Set(events().map(({ metadata }) => metadata.name)).size).toBe(1);
  }, 60_000);

  test("few leave at once, and the others when there is room again", async () => {
    const { figures, record } = bound(recorder({ allowance: { burst: 3, perSecond: 1000 } }));
    for (let index = 0; index < 20; index++) record({ ...STARTED, note: `number ${index}` });
    await until(() => figures.created === 3);
    await Bun.sleep(20);
    expect(figures.created).toBe(3);
    time += 2000;
    await until(() => figures.created === 6);
    await Bun.sleep(20);
    expect(figures.created).toBe(6);
  });

  test("agents that start at once do not call at once: each waits for a random part of the time", () => {
    const timers = spyOn(globalThis, "setTimeout").mockImplementation((() => ({ unref() {} })) as never);
    try {
      const agents = Array.from({ length: 1000 }, (_, index) =>
        recorder({ jitterMs: 1024, random: () => index / 1024 }),
      );
      for (const agent of agents) {
        agent.record(STARTED);
        agent.record({ ...STARTED, note: "and another" });
      }
      expect(timers.mock.calls.map(([, ms]) => ms)).toEqual(agents.map((_, index) => index));
    } finally {
      timers.mockRestore();
    }
  });

  test("is silent while the API server is away, and says everything when it is back", async () => {
    const { figures, record } = bound(recorder());
    await server.stop();
    record(STARTED);
    record({ ...STARTED, reason: "PolicyFailed", note: "x" });
    await until(() => warnings.length === 1);
    await server.start();
    await until(() => figures.created === 2);
    expect(warnings).toHaveLength(1);
  }, 60_000);

  test("gives up one that the API server refuses, and goes on with the next", async () => {
    const { figures, record } = bound(recorder());
    server.intercept = ({ body }) =>
      (body as ApiObject).note === "bad"
        ? { status: 422, body: { kind: "Status", message: "no" } }
        : undefined;
    record({ ...STARTED, note: "bad" });
    record(STARTED);
    await until(() => figures.created === 1);
    expect(figures.dropped).toBe(1);
    expect(warnings[0]).toContain("given up");
  });

  test("remembers a bounded number, and counts what it forgets", () => {
    const { figures, record } = bound(recorder({ jitterMs: 1e6 }));
    for (let index = 0; index < 1000; index++) record({ ...STARTED, note: `number ${index}` });
    expect(figures.dropped).toBe(1000 - 128);
  });

  test("stop() sends what waits, within its time, and counts what is left", async () => {
    const one = recorder({ jitterMs: 1e6 });
    one.record(STARTED);
    await one.stop(AbortSignal.timeout(30_000));
    expect(one.figures).toMatchObject({ created: 1, dropped: 0 });
    one.record(STARTED);
    await one.stop(AbortSignal.timeout(30_000));
    expect(one.figures.created).toBe(1);

    const other = recorder({ jitterMs: 1e6 });
    other.record(STARTED);
    await other.stop(AbortSignal.abort());
    expect(other.figures).toMatchObject({ created: 0, dropped: 1 });
  });

  test("a note is cut to what the API server takes, at the end of a character", async () => {
    const { figures, record } = bound(recorder());
    record({ ...STARTED, note: "ä".repeat(2000) });
    await until(() => figures.created === 1);
    const { note } = events()[0] as unknown as { note: string };
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/^ä+\.\.\.$/);
  });
});

function bound(one: EventRecorder): {
  figures: EventRecorder["figures"];
  record: (event: ClusterEvent) => void;
} {
  return { figures: one.figures, record: (event) => one.record(event) };
}
