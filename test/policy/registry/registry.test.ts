import { describe, expect, test } from "bun:test";
import { TetradError } from "../../../src/os/error.ts";
import type { Finding } from "../../../src/policy/document/index.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import {
  type EngineState,
  type KeptPolicy,
  type PolicyEngine,
  type PolicyKey,
  PolicyRegistry,
  type PolicyStore,
} from "../../../src/policy/registry/index.ts";
import { hook, policy, selector } from "../../source/sensor/policy/made-policy.ts";

const TARGET = { kind: "tracepoint", subsystem: "raw_syscalls", event: "sys_enter", isRaw: true } as const;
const KILL = { action: "Signal", signal: 9, isSigkill: true } as const;

/** A policy that kills. */
function killing(name: string, mode: Policy["mode"] = "enforce"): Policy {
  const acting = hook(TARGET, [], { selectors: [selector({}, { actions: [KILL] })] });
  return { ...policy(name, acting), mode };
}

/** An engine that reads names, one a word: `!` is a mistake in the text, `?` cannot be loaded, `~` lacks a hook, `@` is for other nodes. */
class FakeEngine implements PolicyEngine {
  readonly loaded = new Map<string, EngineState>();
  readonly log: string[] = [];

  read(text: string, file: string) {
    const words = text.split(" ").filter((word) => word !== "");
    const at = { line: 1, column: 2 };
    const findings = words
      .filter((word) => word.endsWith("!"))
      .map((word): Finding => {
        const rest = { kind: "mistake", path: "spec", expected: "", cure: "" } as const;
        return { severity: "error", at, found: word, file, ...rest };
      });
    const right = words.filter((word) => !word.endsWith("!"));
    const policies = right.map((word) => (word.startsWith("see") ? policy(word) : killing(word)));
    return { open: [], findings, policies };
  }

  isForHere({ name }: Policy): boolean {
    return !name.includes("@");
  }

  load(key: string, { name }: Policy, state: EngineState): void {
    if (name.includes("?")) throw new TetradError("unsupported", "Cannot load it");
    this.log.push(`${this.loaded.has(key) ? "replace" : "load"} ${key}`);
    this.loaded.set(key, state);
  }

  unload(key: string): void {
    this.log.push(`unload ${key}`);
    this.loaded.delete(key);
  }

  configure(key: string, state: EngineState): void {
    this.loaded.set(key, state);
  }

  expect(): void {}

  begin({ id }: { readonly id: string }): Promise<void> {
    this.log.push(`begin ${id}`);
    return Promise.resolve();
  }

  facts(key: string) {
    const state = key.includes("~") ? ("call_not_found" as const) : ("loaded" as const);
    const hooks = [{ section: "tracepoints" as const, index: 0, description: "x", state }];
    return { hooks, selectors: [], misses: [], overhead: [], kernelMemory: 4096 };
  }

  drained(): Promise<void> {
    this.log.push("drained");
    return Promise.resolve();
  }
}

function create(settings: { readonly refusal?: string; readonly store?: PolicyStore } = {}) {
  const engine = new FakeEngine();
  const registry = new PolicyRegistry({
    engine: () => Promise.resolve(engine),
    refusal: () => settings.refusal,
    store: settings.store,
  });
  const states = () =>
    registry.list().map(({ id, domain, name, state }) => `${id} ${domain}/${name} ${state}`);
  return { engine, registry, states };
}

const named = (name: string, domain = "") => ({ name, namespace: "", domain });

test("a policy for other nodes is listed as skipped, and is unloaded where it was for this one", async () => {
  const { engine, registry, states } = create();
  await registry.add("one@ two", "");
  expect(states()).toEqual(["2 grpc/one@ skipped", "3 grpc/two enabled"]);
  expect([...engine.loaded.keys()]).toEqual(["grpc//two"]);
  await expect(registry.configure(named("one@"), { isEnabled: false })).rejects.toThrow(
    'Cannot configure policy "one@" (grpc): it is for other nodes',
  );
  await registry.add("one@", "");
  await registry.delete(named("one@"));
  expect(states()).toEqual(["3 grpc/two enabled"]);
});

describe("a client", () => {
  test("adds policies, whose numbers begin at 2 and are never used again", async () => {
    const { engine, registry, states } = create();
    await registry.add("one", "");
    await registry.add("two", "other");
    await registry.delete(named("one"));
    await registry.add("one", "");
    expect(states()).toEqual(["3 other/two enabled", "4 grpc/one enabled"]);
    expect(engine.log).toEqual([
      "load grpc//one",
      "load other//two",
      "unload grpc//one",
      "drained",
      "load grpc//one",
    ]);
    expect(registry.domains).toEqual(["grpc", "other", "static"]);
  });

  test("hears what is wrong with a text, where, and nothing of it is loaded", async () => {
    const { registry, states } = create();
    await expect(registry.add("good bad!", "")).rejects.toThrow("policy:1:2: error: spec: found bad!");
    expect(states()).toEqual([]);
  });

  test("adds all policies of a text or none; the one that cannot be loaded stays for its error", async () => {
    const { engine, registry, states } = create();
    await expect(registry.add("one two?", "")).rejects.toMatchObject({ reason: "refused" });
    expect([...engine.loaded.keys()]).toEqual([]);
    expect(states()).toEqual(["3 grpc/two? load_error"]);
    expect(registry.list()[0]!.error).toBe("Cannot load it");
    await registry.delete(named("two?"));
    expect(states()).toEqual([]);
  });

  test("does not keep the rest of the agent waiting while many policies are loaded or go", async () => {
    const { registry } = create();
    const names = Array.from({ length: 50 }, (_, i) => `a${i}`).join(" ");
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    for (const change of [
      () => registry.add(names, ""),
      () => registry.setFiles([{ file: "a", text: names }]),
      () => registry.setFiles([{ file: "a", text: undefined }]),
    ]) {
      const before = turns;
      await change();
      expect(turns - before).toBeGreaterThanOrEqual(49);
    }
    isDone = true;
  });

  test("cannot have the list of what failed grow without end: the oldest makes room", async () => {
    const { registry, states } = create();
    await registry.add("one", "");
    for (let i = 0; i < 100; i++) await expect(registry.add(`p${i}?`, "")).rejects.toThrow("Cannot load it");
    expect(states()).toHaveLength(65);
    expect(states()[0]).toBe("2 grpc/one enabled");
    expect(states().at(-1)).toBe("102 grpc/p99? load_error");
    expect(states()[1]).toBe("39 grpc/p36? load_error");
  });

  test("is refused more policies than there may be", async () => {
    const { registry } = create();
    const names = (count: number, word: string) =>
      Array.from({ length: count }, (_, i) => `${word}${i}`).join(" ");
    await registry.add(names(4000, "a"), "");
    await expect(registry.add(names(97, "b"), "")).rejects.toMatchObject({ reason: "refused" });
    await registry.add(names(96, "b"), "");
    expect(registry.list()).toHaveLength(4096);
  });

  test("is refused a name that there is, but in another domain", async () => {
    const { registry, states } = create();
    await registry.setFiles([{ file: "/d/a.yaml", text: "one" }]);
    await registry.add("one", "");
    await expect(registry.add("one", "")).rejects.toMatchObject({ reason: "exists" });
    await expect(registry.add("two", "static")).rejects.toMatchObject({ reason: "invalid" });
    await expect(registry.add("two", "A B")).rejects.toMatchObject({ reason: "invalid" });
    expect(states()).toEqual(["2 static/one enabled", "3 grpc/one enabled"]);
  });

  test("disables and enables, and sets modes, but of a policy that enforces nothing", async () => {
    const { engine, registry } = create();
    await registry.add("one see", "");
    const of = (name: string) => registry.list().find((each) => each.name === name)!;
    await registry.configure(named("one"), { mode: "monitor" });
    await registry.configure(named("one"), { isEnabled: false });
    expect([of("one").state, of("one").mode]).toEqual(["disabled", "monitor"]);
    expect(engine.loaded.get("grpc//one")).toEqual({ mode: "monitor", isEnabled: false });
    await registry.configure(named("one"), { isEnabled: true, mode: "enforce" });
    expect([of("one").state, of("one").mode]).toEqual(["enabled", "enforce"]);
    expect(of("see").mode).toBe("monitor_only");
    await expect(registry.configure(named("see"), { mode: "enforce" })).rejects.toMatchObject({
      reason: "refused",
    });
    await expect(registry.configure(named("none"), {})).rejects.toMatchObject({ reason: "missing" });
  });

  test("sees which policies lack a hook", async () => {
    const { registry, states } = create();
    await registry.add("part~", "");
    expect(states()).toEqual(["2 grpc/part~ partially_enabled"]);
  });

  test("changes nothing where policies are fixed", async () => {
    const { registry } = create({ refusal: "they are fixed" });
    await expect(registry.add("one", "")).rejects.toThrow("Cannot change policies: they are fixed");
    await expect(registry.delete(named("one"))).rejects.toMatchObject({ reason: "refused" });
  });
});

describe("a file", () => {
  const file = "/d/a.yaml";

  test("that changes has its policies replaced, and what it does not have any more unloaded after that", async () => {
    const { engine, registry, states } = create();
    await registry.setFiles([{ file, text: "one two" }]);
    await registry.configure(named("one"), { isEnabled: false });
    await registry.setFiles([{ file, text: "one three" }]);
    expect(engine.log.slice(3)).toEqual(["replace static//one", "load static//three", "unload static//two"]);
    expect(states()).toEqual(["2 static/one disabled", "4 static/three enabled"]);
  });

  test("that is gone takes its policies with it; under another name they are replaced", async () => {
    const { engine, registry, states } = create();
    await registry.setFiles([{ file, text: "one two" }]);
    await registry.setFiles([
      { file, text: undefined },
      { file: "/d/b.yaml", text: "one" },
    ]);
    expect(engine.log.slice(2)).toEqual(["replace static//one", "unload static//two"]);
    expect(states()).toEqual(["2 static/one enabled"]);
  });

  test("that cannot be read or loaded any more leaves what is loaded, with the reason", async () => {
    const { engine, registry, states } = create();
    await registry.setFiles([{ file, text: "one" }]);
    const [outcome] = await registry.setFiles([{ file, text: "one!" }]);
    expect(outcome!.problems).toEqual(["/d/a.yaml:1:2: error: spec: found one!"]);
    expect(states()).toEqual(["2 static/one enabled"]);
    expect(registry.list()[0]!.error).toStartWith("the file has changed and cannot be read: /d/a.yaml:1:2");
    expect(engine.log).toEqual(["load static//one"]);
    await registry.setFiles([{ file, text: "one" }]);
    expect(registry.list()[0]!.error).toBe("");
  });

  test("that never could be read is listed under its own name, until it can", async () => {
    const { registry, states } = create();
    await registry.setFiles([{ file, text: "one!" }]);
    expect(states()).toEqual(["2 static/a.yaml load_error"]);
    await registry.setFiles([{ file, text: "one" }]);
    expect(states()).toEqual(["3 static/one enabled"]);
  });
});

test("what clients brought is kept, and loaded as it was", async () => {
  const files = new Map<string, KeptPolicy & { readonly key: PolicyKey }>();
  const store: PolicyStore = {
    put: ({ domain, namespace, name }, kept) =>
      void files.set(name, { ...kept, key: { domain, namespace, name } }),
    remove: ({ name }) => void files.delete(name),
  };
  const first = create({ store });
  await first.registry.add("one two", "");
  await first.registry.configure(named("one"), { mode: "monitor", isEnabled: false });
  await first.registry.delete(named("two"));
  const second = create({ store });
  await second.registry.restore("one two", "grpc", [...files.values()]);
  expect(second.states()).toEqual(["2 grpc/one disabled"]);
  expect(second.engine.loaded.get("grpc//one")).toEqual({ mode: "monitor", isEnabled: false });
});
