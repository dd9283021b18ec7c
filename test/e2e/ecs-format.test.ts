/** The documents of `--udp-format=ecs` and `--export-format=ecs`, of real events from a file. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ECS_FIELDS } from "../../src/encoding/ecs/fields.ts";
import { asObject, type JsonObject } from "../../src/lib/json/object.ts";
import {
  cleanUp,
  EVENTS,
  EVENTS_FILE,
  runTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
} from "./harness.ts";

afterEach(cleanUp);

const FROM_FILE = [`--event-source=file:${EVENTS_FILE}`, "--from-beginning", "--exit-at-end"];
/** Every event has these, and so has `agent_init`, but for the process. */
const OF_ALL = ["@timestamp", "ecs.version", "event.kind", "event.action", "agent.id", "host.os.type"];
const OF_EVENTS = ["host.name", "process.pid", "process.name", "process.entity_id", "cilium_tetragon.log"];
const KNOWN = new Set(ECS_FIELDS.map(({ name }) => name));

/** @param name `process.pid` */
function valueAt(document: JsonObject, name: string): unknown {
  return name.split(".").reduce<unknown>((inner, key) => asObject(inner)?.[key], document);
}

/** Names of the fields outside of the event as it came. */
function fieldsOf(value: unknown, prefix: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) =>
    fieldsOf(inner, prefix === "" ? key : `${prefix}.${key}`),
  );
}

/** Looks at `agent_init` and the documents of {@link EVENTS}, as text. */
function check(lines: readonly string[]): void {
  const [init, ...documents] = lines.map((line) => JSON.parse(line) as JsonObject);
  expect(init!.event).toMatchObject({ kind: "state", action: "agent_init", dataset: "tetragon.log" });
  expect((JSON.parse(init!.message as string) as JsonObject).event).toBe("agent_init");
  expect(documents.map(({ message }) => message as string)).toEqual([...EVENTS]);
  const actions = documents.map((document) => valueAt(document, "event.action"));
  for (const action of ["process_exec", "process_exit", "socket_connect"]) expect(actions).toContain(action);
  for (const document of [init!, ...documents]) {
    for (const name of OF_ALL) expect([name, valueAt(document, name)]).not.toEqual([name, undefined]);
    expect(document.data_stream).toEqual({ type: "logs", dataset: "tetragon.log", namespace: "default" });
    const names = fieldsOf({ ...document, cilium_tetragon: undefined }, "");
    expect(names.filter((name) => name !== "cilium_tetragon" && !KNOWN.has(name))).toEqual([]);
  }
  for (const document of documents) {
    for (const name of OF_EVENTS) expect([name, valueAt(document, name)]).not.toEqual([name, undefined]);
    expect(valueAt(document, "agent.id")).toBe(valueAt(init!, "agent.id"));
  }
}

describe("documents", () => {
  test("over UDP: one a datagram, agent_init first", async () => {
    const receiver = await TestReceiver.open();
    const flags = ["--udp-output-enabled", `--udp-output-port=${receiver.port}`, "--udp-format=ecs"];
    const { code, stderr } = await runTetrad([...FROM_FILE, ...flags]);
    expect(code).toBe(0);
    expect(totalsIn(stderr)).toMatchObject({ read: EVENTS.length, udp_exported: EVENTS.length });
    await receiver.waitFor(EVENTS.length + 1);
    expect(receiver.datagrams.every((datagram) => datagram.indexOf("\n") === datagram.length - 1)).toBe(true);
    check(receiver.datagrams.slice(0, EVENTS.length + 1));
  });

  test("on standard output and in a file: the same, one a line, agent_init first", async () => {
    const path = join(temporaryDirectory(), "events");
    const flags = [
      "--export-stdout",
      `--export-filename=${path}`,
      "--export-format=ecs",
      "--export-metadata",
    ];
    const { code, stdout } = await runTetrad([...FROM_FILE, ...flags]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(path, "utf8"));
    check(stdout.trimEnd().split("\n"));
  });

  test("have the command line and a copy of the event where that is asked for", async () => {
    const flags = ["--export-stdout", "--export-format=ecs", "--ecs-command-line", "--ecs-original"];
    const { stdout } = await runTetrad([...FROM_FILE, ...flags]);
    const documents = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as JsonObject);
    expect(documents.map((document) => valueAt(document, "event.original"))).toEqual([...EVENTS]);
    for (const document of documents) {
      const commandLine = valueAt(document, "process.command_line") as string;
      expect(commandLine.startsWith(valueAt(document, "process.executable") as string)).toBe(true);
    }
  });
});
