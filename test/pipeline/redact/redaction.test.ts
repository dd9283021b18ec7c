import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createTestPipeline, type Json, messageOf, process } from "../support.ts";

function redact(event: Json, ...filters: object[]): unknown {
  const redactionFilters = filters.map((filter) => JSON.stringify(filter)).join("");
  return process({ redactionFilters }, event)[0];
}

/** The arguments that are left of `text`. */
function redactArguments(text: string, ...patterns: string[]): unknown {
  const event = { process_exec: { process: { binary: "/bin/x", arguments: text } } };
  const redacted = redact(event, { redact: patterns }) as {
    process_exec: { process: { arguments: string } };
  };
  return redacted.process_exec.process.arguments;
}

describe("--redaction-filters", () => {
  test.each([
    ["--password=hunter2 -v", ["--password[= ](\\S+)"], "--password=***** -v"],
    ["--password a --password b", ["--password[= ](\\S+)"], "--password ***** --password *****"],
    // Every group, nested ones once, those without part in the match not at all.
    ["user:pass@host", ["(\\w+):(\\w+)@"], "*****:*****@host"],
    ["abc", ["((a)b)c"], "*****c"],
    ["xyzwv", ["x(y(z))w(v)"], "x*****w*****"],
    ["ab", ["(a)|(b)"], "**********"],
    ["b", ["(a)?b"], "b"],
    // Patterns one after another, each on what is left.
    ["token=abc key=def", ["token=(\\S+)", "key=(\\S+)"], "token=***** key=*****"],
    ["é😀secret😀", ["😀(\\w+)"], "é😀*****😀"],
    ["nothing here", ["password=(\\S+)"], "nothing here"],
    ["", ["(x*)"], "*****"],
  ])("%p without %p is %p", (text, patterns, expected) => {
    expect(redactArguments(text, ...patterns)).toBe(expected);
  });

  test("redact_str says what a secret becomes, filter by filter; an empty one changes nothing", () => {
    const event = { process_exec: { process: { binary: "/b", arguments: "a=1 b=2 c=3" } } };
    const filters = [
      { redact: ["a=(\\d)"], redact_str: "<$1 a>" },
      { redact: ["b=(\\d)"], redactStr: "" },
      { redact: ["c=(\\d)"] },
    ];
    expect(redact(event, ...filters)).toEqual({
      process_exec: { process: { binary: "/b", arguments: "a=<$1 a> b=***** c=*****" } },
    });
  });

  const secretive = { binary: "/bin/ssh", arguments: "-p secret1" };
  const open = { binary: "/bin/ls", arguments: "-p secret1" };

  test("covers the process, its parent and its ancestors, in any event type", () => {
    for (const type of ["process_exec", "process_kprobe", "process_loader", "process_connect"]) {
      const event = { [type]: { process: open, parent: secretive, ancestors: [open, secretive] } };
      expect(redact(event, { redact: ["-p (\\S+)"] })).toEqual({
        [type]: {
          process: { ...open, arguments: "-p *****" },
          parent: { ...secretive, arguments: "-p *****" },
          ancestors: [open, secretive].map((process) => ({ ...process, arguments: "-p *****" })),
        },
      });
    }
  });

  test("covers texts in fields of a process that nobody knows, by its own binary, and none that is known", () => {
    const process = {
      ...secretive,
      args_raw: ["-p secret1"],
      cwd: "/-p secret2",
      inner: { ...open, x: "-p secret3" },
    };
    const event = { process_exec: { process, parent: { ...open, args_raw: "-p secret4" } } };
    expect(redact(event, { redact: ["-p (\\S+)"], binary_regex: ["ssh$"] })).toEqual({
      process_exec: {
        process: { ...process, arguments: "-p *****", args_raw: ["-p *****"] },
        parent: event.process_exec.parent,
      },
    });
    expect(redact(event, { redact: ["-p (\\S+)"], binary_regex: ["ls$"] })).toEqual({
      process_exec: {
        process: { ...process, inner: { ...open, arguments: "-p *****", x: "-p *****" } },
        parent: { ...open, arguments: "-p *****", args_raw: "-p *****" },
      },
    });
  });

  test("binary_regex chooses processes, each by its own binary", () => {
    const event = {
      process_exec: { process: open, parent: secretive, ancestors: [{ arguments: "-p secret1" }] },
    };
    expect(redact(event, { redact: ["-p (\\S+)"], binary_regex: ["nomatch", "ssh$"] })).toEqual({
      process_exec: {
        process: open,
        parent: { ...secretive, arguments: "-p *****" },
        ancestors: [{ arguments: "-p secret1" }],
      },
    });
  });

  test("filters are applied one after another", () => {
    const event = { process_exec: { process: { binary: "/a", arguments: "x1 y2" } } };
    expect(redact(event, { redact: ["x(\\d)"] }, { binary_regex: ["b"], redact: ["y(\\d)"] })).toEqual({
      process_exec: { process: { binary: "/a", arguments: "x***** y2" } },
    });
  });

  test("environment variables are redacted as NAME=value", () => {
    const variables = [
      { Key: "PASSWORD", Value: "hunter2" },
      { Key: "URL", Value: "https://u:p@h/?token=abc" },
      { Key: "HOME", Value: "/root" },
      { Key: "EMPTY" },
    ];
    const event = { process_exec: { process: { binary: "/a", environment_variables: variables } } };
    expect(redact(event, { redact: ["PASSWORD=(.*)", "://([^@]*)@", "token=(\\w+)"] })).toEqual({
      process_exec: {
        process: {
          binary: "/a",
          environment_variables: [
            { Key: "PASSWORD", Value: "*****" },
            // Tetragon would stop after the first pattern that matches, and leave the token in.
            { Key: "URL", Value: "https://*****@h/?token=*****" },
            { Key: "HOME", Value: "/root" },
            { Key: "EMPTY" },
          ],
        },
      },
    });
    expect(
      redact(
        { process_exec: { process: { environment_variables: [{ Key: "A", Value: "b" }] } } },
        { redact: ["(.*)"] },
      ),
    ).toEqual({
      process_exec: { process: { environment_variables: [{ Key: "*****", Value: "" }] } },
    });
  });

  test("lines without secrets leave as the bytes they came in", () => {
    const line = '{"process_exec" : {"process":{"pid":"1","arguments":"none"}}}';
    expect(createTestPipeline({ redactionFilters: '{"redact":["x(y)"]}' }).run(line)).toEqual([line]);
  });

  test("numbers of redacted events keep their digits", () => {
    const line =
      '{"process_kprobe":{"process":{"arguments":"-p x"},"args":[{"size_arg":18446744073709551615}]},"time":"2024-01-01T00:00:00Z"}';
    expect(createTestPipeline({ redactionFilters: '{"redact":["-p (.)"]}' }).run(line)).toEqual([
      line.replace("-p x", "-p *****"),
    ]);
  });

  test("a pattern without a capture group redacts nothing, with a warning; the others do", () => {
    const { run, warnings } = createTestPipeline({ redactionFilters: '{"redact":["a","(b)"]}' });
    expect(run('{"process_exec":{"process":{"arguments":"ab"}}}')).toEqual([
      '{"process_exec":{"process":{"arguments":"a*****"}}}',
    ]);
    expect(warnings).toEqual([
      'Nothing is redacted by the pattern "a" of --redaction-filters, filter 1: it needs a capture group around what is to be redacted',
    ]);
  });

  test.each([
    ['{"redact":["(a"]}', "missing closing ), needs RE2 syntax", '  {"redact":["(a"]}\n                ^'],
    ['{"redact":["(a)"],"binary_regex":["["]}', 'key "binary_regex": missing closing ]', "^"],
    ['{"redact":["(a)"],"args":1}', 'key "args": unknown key, needs one of match, redact, binary_regex', "^"],
  ])("%s is refused with its place", (redactionFilters, message, picture) => {
    const problem = messageOf(() => createTestPipeline({ redactionFilters }));
    expect(problem).toStartWith("Cannot use --redaction-filters, filter 1, key ");
    expect(problem).toContain(message);
    expect(problem).toContain(picture);
  });

  test("what does nothing is warned of", () => {
    const { warnings } = createTestPipeline({
      redactionFilters: '{"match":[{"pid":[1]}],"redact":["(a)"]}{"binary_regex":["x"]}',
    });
    expect(warnings).toEqual([
      'The key "match" of --redaction-filters, filter 1 is deprecated and not looked at, as in Tetragon: use "binary_regex"',
      'Nothing is redacted by --redaction-filters, filter 2: it has no "redact" patterns',
    ]);
  });
});

describe("redaction as a boundary", () => {
  const SECRET = "hunter2";
  const settings = { redactionFilters: '{"redact":["--password[= ](\\\\S+)","PASSWORD=(.*)"]}' } as const;
  const args = `--password=${SECRET}`;

  /** Everything that came out of a pipeline in any way. */
  function everything(line: string | Uint8Array, validate: "full" | "syntax" | "off"): string {
    const pipeline = createTestPipeline({
      ...settings,
      validate,
      exportDenylist: '{"cel_expression":["process_exec.process.arguments == \'x\'"],"binary_regex":["no"]}',
      fieldFilters: '{"fields":"process.cwd","action":"EXCLUDE"}',
      aggregation: { windowMs: 1000, bufferSize: 10 },
    });
    const lines = [...pipeline.run(line), ...pipeline.flush()];
    return JSON.stringify([lines, pipeline.invalid, pipeline.warnings]);
  }

  const process1 = `{"binary":"/a","arguments":"${args}","cwd":"/"}`;
  const lines: Readonly<Record<string, string>> = {
    plain: `{"process_exec":{"process":${process1}}}`,
    "a parent, ancestors": `{"process_exit":{"parent":${process1},"ancestors":[null,${process1}]}}`,
    "an unknown event type": `{"process_future":{"process":${process1}}}`,
    "several events in one": `{"process_exec":{"process":${process1}},"process_exit":{"process":${process1}}}`,
    "variables in camelCase": `{"process_exec":{"process":{"environmentVariables":[{"key":"PASSWORD","value":"${SECRET}"}]}}}`,
    "variables of both names": `{"process_exec":{"process":{"environment_variables":[],"environmentVariables":[{"Key":"PASSWORD","Value":"${SECRET}"}]}}}`,
    "two values": `{"process_exec":{"process":{"environment_variables":[{"Key":"PASSWORD","Value":"","value":"${SECRET}"}]}}}`,
    "a variable": `{"process_exec":{"process":{"environment_variables":[{"Key":"PASSWORD","Value":"${SECRET}"}]}}}`,
    "an escaped secret": `{"process_exec":{"process":{"arguments":"--pass\\u0077ord=${SECRET}"}}}`,
    "an escaped key": `{"process_exec":{"process":{"\\u0061rguments":"${args}"}}}`,
    "a key twice": `{"process_exec":{"process":{"arguments":"${args}","arguments":"none"}}}`,
    "a process twice": `{"process_exec":{"process":${process1},"process":{"pid":1,"arguments":"none"}}}`,
    "an event twice": `{"process_exec":{"process":${process1}},"process_exec":{"process":{"pid":1}}}`,
    "a key twice, once escaped": `{"process_exec":{"process":{"\\u0061rguments":"${args}","arguments":"none"}}}`,
    "a process where none belongs": `{"process_exec":{"process":{"pid":1,"child":${process1}}}}`,
    "a process in an array": `{"process_exec":[{"process":${process1}}]}`,
    "variables twice": `{"process_exec":{"process":{"environment_variables":[{"Key":"PASSWORD","Value":"${SECRET}"}],"environment_variables":[]}}}`,
    "arguments in an array": `{"process_exec":{"process":{"arguments":["${args}"]}}}`,
    "arguments in an object": `{"process_exec":{"process":{"arguments":{"x":"${args}"}}}}`,
    "a process as text": `{"process_exec":{"process":"${args}"}}`,
    "ancestors as text": `{"process_exec":{"ancestors":"${args}"}}`,
    "variables as text": `{"process_exec":{"process":{"environment_variables":["PASSWORD=${SECRET}"]}}}`,
    "a variable with more": `{"process_exec":{"process":{"environment_variables":[{"Key":"A","value":"PASSWORD=${SECRET}"}]}}}`,
    "a field of a later release": `{"process_exec":{"process":{"binary":"/a","arguments":"x","args_raw":"${args}"}}}`,
    "fields of a later release, deeper": `{"process_exit":{"parent":{"command":{"argv":["x","${args}"],"env":{"a":"PASSWORD=${SECRET}"}}}}}`,
    "a field of a later release around a process": `{"process_exec":{"process":{"binary":"/a","launcher":{"line":"${args}","of":${process1}}}}}`,
    "no JSON": `{"process_exec":{"process":{"arguments":"${args}"`,
    "no JSON at all": args,
    "no object": `["${args}"]`,
    "a wrong type beside it": `{"process_exec":{"process":{"pid":"x","arguments":"${args}"}}}`,
    "a long line": `{"process_exec":{"process":{"arguments":"${"x ".repeat(40_000)}${args}"}}}`,
    "deep nesting": `{"process_exec":{"process":${process1},"x":${"[".repeat(3000)}${`"arguments"`}${"]".repeat(3000)}}}`,
  };

  for (const validate of ["full", "syntax", "off"] as const) {
    test.each(Object.keys(lines))(`nothing shows the secret: %s, --validate=${validate}`, (name) => {
      expect(lines[name]).toMatch(SECRET);
      expect(everything(lines[name]!, validate)).not.toContain(SECRET);
    });
  }

  test("bytes that are no UTF-8 are not shown either", () => {
    const line = Buffer.concat([Buffer.from([0xff]), Buffer.from(lines.plain!)]);
    for (const validate of ["full", "syntax", "off"] as const)
      expect(everything(line, validate)).not.toContain(SECRET);
  });

  test("what cannot be redacted is counted as invalid, and says why without showing it", () => {
    const { run, counters, invalid } = createTestPipeline({ ...settings, validate: "off" });
    expect(run(lines["arguments in an array"]!, lines["no JSON"]!)).toEqual([]);
    expect(counters).toMatchObject({ read: 2, invalid: 2, accepted: 0 });
    expect(invalid.map(({ sample }) => sample)).toEqual([undefined, undefined]);
  });

  test("without redaction filters the sample of an invalid line is shown, cut and harmless on a terminal", () => {
    const { run, invalid } = createTestPipeline();
    run(`\u001b[31m${"x".repeat(500)}`);
    expect(invalid).toEqual([
      { reason: "not valid JSON", sample: `\ufffd[31m${"x".repeat(251)}... (505 bytes)` },
    ]);
  });

  test("filters see what is left, as in Tetragon", () => {
    const kept = { ...settings, exportAllowlist: `{"arguments_regex":["${SECRET}"]}` };
    expect(process(kept, lines.plain!)).toEqual([]);
    const redacted = { ...settings, exportAllowlist: '{"arguments_regex":["=\\\\*{5}$"]}' };
    expect(process(redacted, lines.plain!)).toHaveLength(1);
  });

  test("no match of a pattern is left in arguments that hold anything", () => {
    const part = fc.constantFrom(
      "--password=",
      "--password ",
      "x",
      " ",
      "a1",
      "é",
      "\u0000",
      '"',
      "\\",
      "*****",
      "=",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const event = { process_exec: { process: { arguments: parts.join("") } } };
        const [redacted] = process(settings, event) as [typeof event];
        for (const [, secret] of redacted.process_exec.process.arguments.matchAll(/--password[= ](\S+)/g)) {
          expect(secret).toMatch(/^\*{5}/);
        }
      }),
    );
  });
});
