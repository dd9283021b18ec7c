import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { ACTIONS, UNKNOWN_ACTION } from "../../../src/encoding/ecs/actions.ts";
import { ECS_FIELDS, ECS_VERSION } from "../../../src/encoding/ecs/fields.ts";
import { nestedFields } from "../../../src/encoding/ecs/nested-fields.ts";
import { isObject, type JsonObject } from "../../../src/lib/json/object.ts";
import { validEvents } from "../../event/fit/event-arbitrary.ts";
import { faultsOf, SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import {
  documentOfEvent,
  fieldEvents,
  generalDocument,
  generalText,
  REAL_LINES,
  SETTINGS,
} from "./support.ts";

/** The machine may be busy. */
setDefaultTimeout(120_000);

const METADATA = {
  "@timestamp": "2026-11-30T12:00:00Z",
  event: "agent_init",
  tetragon_version: "v1.2.3",
  hostname: "web-1",
  node_name: "node-1",
  os: "linux",
  kernel_version: "6.12.0",
  pid: 7,
  uptime: "initialized at 0",
  start_id: "start-1",
  boot_id: "boot-1",
  rack: [1, 2],
};

/** A field of a document. */
function at(document: JsonObject, name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), document);
}

/** An event of a policy about a call. */
function call(function_name: string, args: readonly object[] = [], more: object = {}): JsonObject {
  const time = "2026-11-30T12:00:00Z";
  return documentOfEvent({ process_kprobe: { function_name, args, ...more }, time });
}

describe("fields", () => {
  test("are those of the schema, with its types, but for those of Elastic's agents", () => {
    expect(SCHEMA_VERSION).toStartWith(ECS_VERSION.split(".").slice(0, 2).join("."));
    for (const { name, type, isList, isForeign } of ECS_FIELDS) {
      const described = SCHEMA[name];
      if (isForeign) expect(described).toBeUndefined();
      else
        expect({ name, type: described?.type, isList: described?.normalize.includes("array") }).toEqual({
          name,
          type,
          isList,
        });
    }
  });

  test("of events have one type each, and none is the beginning of another", () => {
    const names = nestedFields().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const objects = new Set(
      names.flatMap((name) => name.split(".").map((_, i, all) => all.slice(0, i).join("."))),
    );
    expect(names.filter((name) => objects.has(name))).toEqual([]);
  });
});

describe("actions", () => {
  test("have categories and types that the schema allows together", () => {
    for (const [action, { category, type }] of Object.entries({ ...ACTIONS, unknown: UNKNOWN_ACTION }))
      expect([
        action,
        ...faultsOf({ event: { kind: "event", category: [...category], type: [...type] } }),
      ]).toEqual([action]);
  });
});

describe("documentOf()", () => {
  test("makes documents of all real events that are as the schema has them", () => {
    for (const line of REAL_LINES) expect(faultsOf(generalDocument(line))).toEqual([]);
  });

  test("makes such documents of whatever is valid, whatever is in it", () => {
    const check = (event: JsonObject) => {
      expect(faultsOf(documentOfEvent(event))).toEqual([]);
    };
    fc.assert(fc.property(fieldEvents, check), { numRuns: 1000 });
    fc.assert(fc.property(validEvents, check), { numRuns: 300 });
  });

  test("keeps the event as it came in message, and in event.original where asked", () => {
    const line = '{"process_exec":{"process":{"pid": 1}}, "time":"2026-11-30T12:00:00Z"}';
    expect(generalDocument(line).message).toBe(line);
    expect(at(generalDocument(line), "event.original")).toBeUndefined();
    expect(at(generalDocument(line, { ...SETTINGS, hasOriginal: true }), "event.original")).toBe(line);
  });

  test("takes arguments apart with respect for quotes, or at every space as the integration does", () => {
    const event = { process_exec: { process: { binary: "/bin/sh", arguments: '-c "a b" \'c d\' ""' } } };
    const document = documentOfEvent(event, { ...SETTINGS, hasCommandLine: true });
    expect(at(document, "process.args")).toEqual(["-c", "a b", "'c", "d'"]);
    expect(at(document, "process.args_count")).toBe(4);
    expect(at(document, "process.command_line")).toBe('/bin/sh -c "a b" \'c d\' ""');
    expect(at(documentOfEvent(event), "process")).not.toHaveProperty("args_count");
    expect(at(documentOfEvent(event), "process")).not.toHaveProperty("command_line");
    const other = documentOfEvent(event, { ...SETTINGS, spelling: "integration" });
    expect(at(other, "process.args")).toEqual(["-c", '"a', 'b"', "'c", "d'", '""']);
    expect(at(other, "event.action")).toBe("executed");
  });

  test("keeps every digit of numbers, and an unset auid as it is", () => {
    const line =
      '{"process_exec":{"process":{"auid":4294967295}},"time":"2026-11-30T12:00:00.123456789Z","x":18446744073709551615}';
    expect(generalText(line)).toContain('"x":18446744073709551615');
    expect(at(generalDocument(line), "cilium_tetragon.log.process_exec.process.auid")).toBe(4_294_967_295);
    expect(generalDocument(line)["@timestamp"]).toBe("2026-11-30T12:00:00.123456789Z");
  });

  test("takes the start of the process, or the present, where a time is missing or none that servers take", () => {
    const process = { start_time: "2026-11-30T11:00:00Z" };
    expect(documentOfEvent({ process_exec: { process } })["@timestamp"]).toBe(process.start_time);
    for (const time of ["0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-30T23:59:60Z"])
      expect(documentOfEvent({ test: {}, time })["@timestamp"]).toBe("2026-11-30T12:00:00.000Z");
  });

  test("writes labels as a list, however they are named", () => {
    const pod_labels = { a: "1", "a.b": "2", "": "3" };
    const document = documentOfEvent({ process_exec: { process: { pod: { name: "p", pod_labels } } } });
    expect(at(document, "orchestrator.resource.label")).toEqual(["a:1", "a.b:2", ":3"]);
  });

  test("names what a call does, by its name and by a mask", () => {
    const file = { file_arg: { path: "/etc/shadow", permission: "-rw-r-----" } };
    const actions = Object.entries({
      security_file_permission: [file, { int_arg: 4 }],
      __x64_sys_unlinkat: [{ int_arg: 3 }, { string_arg: "/tmp/x" }],
      tcp_connect: [
        {
          sock_arg: {
            family: "AF_INET",
            protocol: "IPPROTO_TCP",
            saddr: "10.0.0.1",
            daddr: "10.0.0.2",
            dport: 443,
          },
        },
      ],
      cap_capable: [],
      nobody_knows: [file],
    }).map(([name, args]) => {
      const document = call(name, args);
      return [name, at(document, "event.action"), at(document, "event.category"), at(document, "event.type")];
    });
    expect(actions).toEqual([
      ["security_file_permission", "file_read", ["file"], ["access"]],
      ["__x64_sys_unlinkat", "file_unlink", ["file"], ["deletion"]],
      ["tcp_connect", "socket_connect", ["network"], ["connection", "start"]],
      ["cap_capable", "capability_check", ["process"], ["access"]],
      ["nobody_knows", "process_kprobe", ["file"], ["access"]],
    ]);
    expect(at(call("security_file_permission", [file, { int_arg: 2 }]), "event.action")).toBe("file_write");
    expect(at(call("cap_capable", [], { return: { int_arg: -1 } }), "event.outcome")).toBe("failure");
  });

  test("says what is known of a connection and of a file", () => {
    const sock_arg = {
      family: "AF_INET",
      protocol: "IPPROTO_TCP",
      saddr: "10.0.0.1",
      sport: 5,
      daddr: "10.0.0.2",
      dport: 443,
    };
    const connection = call("tcp_connect", [{ sock_arg }]);
    expect(connection.source).toEqual({ ip: "10.0.0.1", port: 5 });
    expect(connection.destination).toEqual({ ip: "10.0.0.2", port: 443 });
    expect(connection.network).toEqual({ transport: "tcp", type: "ipv4", direction: "egress" });
    expect(connection.related).toEqual({ ip: ["10.0.0.1", "10.0.0.2"] });
    const renamed = call("__x64_sys_renameat2", [{ string_arg: "/tmp/a.tar.gz" }, { string_arg: "/tmp/b" }]);
    expect(renamed.file).toEqual({
      path: "/tmp/a.tar.gz",
      name: "a.tar.gz",
      directory: "/tmp",
      extension: "gz",
      target_path: "/tmp/b",
    });
    const opened = call("fd_install", [
      { int_arg: 3 },
      { file_arg: { path: "/tmp/t", permission: "-rwsr-xr-t" } },
    ]);
    expect(opened.file).toEqual({ path: "/tmp/t", name: "t", directory: "/tmp", mode: "5755", type: "file" });
  });

  test("takes the name that the sensor or a policy gives to what happened", () => {
    const payload = {
      subsys: "sock",
      event: "inet_sock_set_state",
      message: "socket_listen",
      policy_name: "network-events",
    };
    const document = documentOfEvent({ process_tracepoint: payload });
    expect(at(document, "event.action")).toBe("socket_listen");
    expect(document.rule).toEqual({ name: "network-events", description: "socket_listen" });
  });

  test("makes a document of metadata, in which event is no text", () => {
    const document = documentOfEvent(METADATA);
    expect(document.event).toEqual({
      kind: "state",
      category: ["host"],
      type: ["start"],
      action: "agent_init",
      module: "tetragon",
      dataset: "tetragon.log",
    });
    expect(document.agent).toEqual({
      type: "tetrad",
      version: "v1.2.3",
      id: "0123456789abcdef",
      ephemeral_id: "start-1",
    });
    expect(document.host).toEqual({
      name: "node-1",
      hostname: "web-1",
      os: { type: "linux", kernel: "6.12.0" },
      boot: { id: "boot-1" },
    });
    expect(at(document, "cilium_tetragon.log.agent_init")).toEqual(METADATA);
    expect(at(documentOfEvent({ ...METADATA, start_id: "another" }), "agent.id")).toBeUndefined();
    expect(faultsOf(document)).toEqual([]);
  });

  test("says why an event cannot be mapped, and loses none", () => {
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const lines: readonly [line: string, reason: string][] = [
      ["not JSON", "not valid JSON, or no object"],
      ["[1]", "not valid JSON, or no object"],
      ['{"time":"2026-11-30T12:00:00Z","node_name":"n"}', "holds no event"],
      ['{"process_exec":{"process":{"pid":"x"}}}', "process_exec.process.pid: expected uint32, found string"],
      [deep, ""],
    ];
    for (const [line, reason] of lines) {
      const document = generalDocument(line);
      expect(at(document, "event.kind")).toBe("pipeline_error");
      if (reason !== "") expect(at(document, "error.message")).toBe(reason);
      expect(document.message).toBe(line);
      expect(faultsOf(document)).toEqual([]);
    }
  });

  test("maps an event whose fields have protobuf's other names, and one of a type that nobody knows", () => {
    const document = documentOfEvent({
      processExec: { process: { startTime: "2026-11-30T11:00:00Z", execId: "a" } },
    });
    expect(document.process).toEqual({ start: "2026-11-30T11:00:00Z", entity_id: "a" });
    const tomorrow = documentOfEvent({ process_of_tomorrow: { process: { pid: 7 }, what: { is: "new" } } });
    expect(at(tomorrow, "process.pid")).toBe(7);
    expect(at(tomorrow, "event.action")).toBe("process_of_tomorrow");
    expect(at(tomorrow, "cilium_tetragon.log")).toEqual({ process_of_tomorrow: { what: { is: "new" } } });
  });
});
