import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createMask, exclude, include } from "../../../src/pipeline/fields/mask.ts";
import { createTestPipeline, messageOf, process } from "../support.ts";

const exec = {
  process_exec: {
    process: { exec_id: "a", pid: 1, binary: "/bin/x", pod: { name: "p", pod_labels: { app: "web" } } },
    parent: { pid: 0, binary: "/bin/y" },
    ancestors: [{ pid: 3, binary: "/bin/z" }, { binary: "/sbin/init" }],
  },
  node_name: "node",
  time: "2024-01-01T00:00:00.123456789Z",
};
const kprobe = {
  process_kprobe: {
    process: { pid: 1 },
    args: [{ sock_arg: { saddr: "10.0.0.1" }, label: "l" }, { int_arg: 0 }],
    return: { int_arg: 5, label: "r" },
    policy_name: "p",
  },
  time: "2024-01-01T00:00:00Z",
};

function filter(...filters: object[]): unknown[] {
  return process({ fieldFilters: filters.map((item) => JSON.stringify(item)).join("\n") }, exec, kprobe);
}

describe("--field-filters", () => {
  test("INCLUDE keeps what is named, and where and when it happened", () => {
    expect(filter({ fields: "process.binary,process.pod.name,ancestors.binary" })).toEqual([
      {
        process_exec: {
          process: { binary: "/bin/x", pod: { name: "p" } },
          ancestors: [{ binary: "/bin/z" }, { binary: "/sbin/init" }],
        },
        node_name: exec.node_name,
        time: exec.time,
      },
      { process_kprobe: { process: {} }, time: kprobe.time },
    ]);
  });

  test("knows the fields that only the native sensor's events have", () => {
    const event = { process_exec: { process: { pid: 1, binary: "/bin/sh", filename: "/proc/self/fd/7" } } };
    const filtered = (filter: object) => process({ fieldFilters: JSON.stringify(filter) }, event)[0];
    expect(filtered({ fields: "process.filename" })).toEqual({
      process_exec: { process: { filename: "/proc/self/fd/7" } },
    });
    expect(filtered({ fields: "process.filename", action: "EXCLUDE" })).toEqual({
      process_exec: { process: { pid: 1, binary: "/bin/sh" } },
    });
  });

  test("an event of which nothing is left keeps its type", () => {
    expect(filter({ fields: "signal", action: "INCLUDE" })[1]).toEqual({
      process_kprobe: {},
      time: kprobe.time,
    });
  });

  test("EXCLUDE drops what is named", () => {
    expect(filter({ fields: "parent,process.pod.name,ancestors.pid,args", action: "EXCLUDE" })).toEqual([
      {
        ...exec,
        process_exec: {
          process: { exec_id: "a", pid: 1, binary: "/bin/x", pod: { pod_labels: { app: "web" } } },
          ancestors: [{ binary: "/bin/z" }, { binary: "/sbin/init" }],
        },
      },
      {
        process_kprobe: { process: { pid: 1 }, return: { int_arg: 5, label: "r" }, policy_name: "p" },
        time: kprobe.time,
      },
    ]);
  });

  test("event_set says for which events, invert_event_set for which not", () => {
    const [one, other] = filter({ fields: "process", event_set: ["PROCESS_KPROBE"] });
    expect(one).toEqual(exec);
    expect(other).toEqual({ process_kprobe: { process: { pid: 1 } }, time: kprobe.time });
    const [inverted, untouched] = filter({ fields: "parent", event_set: ["KPROBE"], invert_event_set: true });
    expect(inverted).toMatchObject({ process_exec: { parent: exec.process_exec.parent } });
    expect(untouched).toEqual(kprobe);
    // Inverting nothing is the same as nothing: the filter is for all events.
    expect(filter({ fields: "process.pid", invert_event_set: true })[1]).toEqual({
      process_kprobe: { process: { pid: 1 } },
      time: kprobe.time,
    });
  });

  test("filters are applied one after another: exclusion wins, two inclusions keep what both name", () => {
    const wins = { process_exec: { process: { exec_id: "a" } } };
    expect(
      filter({ fields: "process.exec_id,process.pid" }, { fields: "process.pid", action: "EXCLUDE" })[0],
    ).toMatchObject(wins);
    expect(
      filter({ fields: "process.pid", action: 1 }, { fields: "process.exec_id,process.pid" })[0],
    ).toMatchObject(wins);
    expect(filter({ fields: "process.pid" }, { fields: "process.binary" })[0]).toEqual({
      process_exec: { process: {} },
      node_name: exec.node_name,
      time: exec.time,
    });
  });

  test("of a path and a longer one the longer one counts", () => {
    expect(filter({ fields: "process,process.pid" })[1]).toEqual({
      process_kprobe: { process: { pid: 1 } },
      time: kprobe.time,
    });
    expect(filter({ fields: "process.pid,process", action: "EXCLUDE" })[1]).toMatchObject({
      process_kprobe: { process: {}, policy_name: "p" },
    });
  });

  test("names may be in camelCase", () => {
    const [event] = filter({ fields: "process.execId,process.pod.podLabels" });
    expect(event).toMatchObject({
      process_exec: { process: { exec_id: "a", pod: { pod_labels: { app: "web" } } } },
    });
  });

  test("what Tetragon's masks cannot select is warned of and treated as there", () => {
    const run = (fields: string, action: string) => {
      const pipeline = createTestPipeline({ fieldFilters: JSON.stringify({ fields, action }) });
      const events = pipeline.run(exec, kprobe).map((line) => JSON.parse(line));
      return { events, warnings: pipeline.warnings };
    };
    const included = run("args.sock_arg.saddr,process.pod.pod_labels.app", "INCLUDE");
    expect(included.events[0].process_exec).toEqual({ process: { pod: { pod_labels: { app: "web" } } } });
    expect(included.events[1].process_kprobe).toEqual({ process: {}, args: [{}, {}] });
    expect(included.warnings).toEqual([
      'The path "args.sock_arg.saddr" of --field-filters, filter 1 selects alternatives inside "args", which field masks cannot do in Tetragon either: none stays',
      'The path "process.pod.pod_labels.app" of --field-filters, filter 1 selects entries of the map "process.pod.pod_labels", which field masks cannot do in Tetragon either: the whole map stays',
    ]);
    const excluded = run("args.sock_arg,process.pod.pod_labels.app", "EXCLUDE");
    expect(excluded.events).toEqual([exec, kprobe]);
    expect(excluded.warnings).toHaveLength(2);
  });

  test("no fields: nothing changes, with a warning", () => {
    const { run, warnings } = createTestPipeline({ fieldFilters: '{"action":"EXCLUDE"} {"fields":""}' });
    expect(run(exec)).toEqual([JSON.stringify(exec)]);
    expect(warnings).toHaveLength(2);
  });

  test("events that nothing is taken from leave as the bytes they came in", () => {
    const line = '{"process_exec" : {"process":{"binary":"\\u0061"}},"x":12345678901234567890}';
    expect(createTestPipeline({ fieldFilters: '{"fields":"parent","action":"EXCLUDE"}' }).run(line)).toEqual([
      line,
    ]);
  });

  test("numbers keep their digits", () => {
    const line =
      '{"process_kprobe":{"parent":{"pid":1},"args":[{"size_arg":18446744073709551615},{"long_arg":-9223372036854775807}]}}';
    expect(createTestPipeline({ fieldFilters: '{"fields":"parent","action":"EXCLUDE"}' }).run(line)).toEqual([
      '{"process_kprobe":{"args":[{"size_arg":18446744073709551615},{"long_arg":-9223372036854775807}]}}',
    ]);
  });

  test("event types that Tetragon does not have are filtered by filters for all types", () => {
    const connect = {
      process_connect: { process: { pid: 1, cwd: "/" }, destination_ip: "10.0.0.1" },
      time: "2024-01-01T00:00:00Z",
    };
    const filters = {
      fieldFilters: '{"fields":"process.pid"}{"fields":"process","action":"EXCLUDE","event_set":["EXEC"]}',
    };
    expect(process(filters, connect)).toEqual([
      { process_connect: { process: { pid: 1 } }, time: connect.time },
    ]);
  });

  test.each([
    ["process.pid.value", 'path "process.pid.value": process.pid is of type wrapper(uint) and has no fields'],
    ["process.start_time.seconds", "process.start_time is of type timestamp and has no fields"],
    ["process..pid", 'has no field ""'],
    ["parent, process", 'has no field " process"'],
    ["process.cap.permitted.x", "is of type list(int) and has no fields"],
  ])("%s is refused with its place", (fields, message) => {
    const text = JSON.stringify({ fields });
    const problem = messageOf(() => createTestPipeline({ fieldFilters: text }));
    expect(problem).toStartWith('Cannot use --field-filters, filter 1, key "fields": path ');
    expect(problem).toContain(message);
    const [, line, caret] = problem.split("\n");
    const wrong = fields.split(",").at(-1)!;
    expect(line!.slice(caret!.indexOf("^"))).toStartWith(wrong);
  });

  test.each([
    ["process.binry", 'tetragon.Process has no field "binry"; nearest is "process.binary"'],
    ["node_name", 'has no field "node_name"'],
    ["args", 'tetragon.ProcessExec has no field "args"'],
    ["process.newField,new_message.inner", 'tetragon.Process has no field "newField"'],
  ])("%s, which another release may have, is taken as it stands, with a warning", (fields, message) => {
    const fieldFilters = JSON.stringify({ fields, action: "EXCLUDE", event_set: ["EXEC"] });
    const { run, warnings } = createTestPipeline({ fieldFilters });
    expect(warnings[0]).toContain(message);
    expect(warnings[0]).toEndWith("it is taken as it stands");
    const line =
      '{"process_exec":{"process":{"pid":1,"binry":2,"new_field":3},"args":[4],"new_message":{"inner":5,"x":6}}}';
    const expected: Record<string, string> = {
      "process.binry": line.replace(',"binry":2', ""),
      args: line.replace(',"args":[4]', ""),
      "process.newField,new_message.inner": line.replace(',"new_field":3', "").replace('"inner":5,', ""),
    };
    expect(run(line)).toEqual([expected[fields] ?? line]);
  });

  test("a filter that includes nothing but such paths is refused, and one with another path is not", () => {
    const filters = (fields: string) => ({ fieldFilters: JSON.stringify({ fields, event_set: ["EXEC"] }) });
    const problem = messageOf(() => createTestPipeline(filters("process.binry,proces.pid")));
    expect(problem).toContain('path "process.binry": tetragon.Process has no field "binry"');
    expect(problem).toContain('path "proces.pid": tetragon.ProcessExec has no field "proces"');
    const { run, warnings } = createTestPipeline(filters("process.binry,process.pid"));
    expect(warnings).toHaveLength(1);
    expect(run('{"process_exec":{"process":{"pid":1,"binry":2,"cwd":"/"}}}')).toEqual([
      '{"process_exec":{"process":{"pid":1,"binry":2}}}',
    ]);
  });
});

describe("include() and exclude()", () => {
  const name = fc.constantFrom("a", "b", "c");
  const message = fc.letrec<{ value: unknown; message: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.string({ maxLength: 3 }),
      fc.array(tie("message"), { maxLength: 2 }),
      tie("message"),
    ),
    message: fc.dictionary(name, tie("value"), { maxKeys: 3 }),
  })).message;
  const mask = fc
    .array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((paths) => createMask(paths.map((path) => path.join("."))));

  /** Every path to a scalar, with it. */
  function leaves(value: unknown, path = ""): string[] {
    if (typeof value !== "object" || value === null) return [`${path}=${JSON.stringify(value)}`];
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}/${key}`));
  }

  test("invent nothing, lose nothing together, and leave what they are given alone", () => {
    fc.assert(
      fc.property(message, mask, (value, tree) => {
        const before = JSON.stringify(value);
        const kept = leaves(include(value, tree));
        const rest = leaves(exclude(value, tree));
        expect(JSON.stringify(value)).toBe(before);
        // Each leaf is in one of both; in both only where a path goes on past the leaf.
        expect([...new Set([...kept, ...rest])].sort()).toEqual([...new Set(leaves(value))].sort());
      }),
    );
  });

  test("done twice is the same as once", () => {
    fc.assert(
      fc.property(message, mask, (value, tree) => {
        for (const apply of [include, exclude]) {
          const once = apply(value, tree);
          expect(apply(once, tree)).toBe(once);
        }
      }),
    );
  });

  test("a key named __proto__ is dropped, not obeyed", () => {
    const value = JSON.parse('{"a":{"__proto__":{"b":1},"c":2},"d":1}');
    const kept = include(value, createMask(["a"])) as { a: object };
    expect(JSON.stringify(exclude(value, createMask(["a.b"])))).toBe('{"a":{"c":2},"d":1}');
    expect("b" in kept.a).toBe(false);
  });
});
