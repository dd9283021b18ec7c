/** What a rewrite keeps, it keeps byte for byte; and what it changes does not depend on what stands elsewhere. */
import { describe, expect, test } from "bun:test";
import { createTestPipeline } from "./support.ts";

/** Values that a parser and an encoder would not leave as they are. */
const ODD = [
  "1e2",
  "-0",
  "1.0",
  "0.1000000000000000055511151231257827",
  "18446744073709551615",
  "-9223372036854775808",
  "1E400",
  '"\\u00e9\\/\\u001b\\ud83d\\ude00"',
  '"\\ud800"',
  '{ "2" : 1, "1" : [ 1 , 2 ] }',
  "[ ]",
  "{ }",
];

describe("what is kept is kept byte for byte", () => {
  test.each(ODD)("%s", (value) => {
    const kept = `"process" : {"pid":1, "new" :${value}}`;
    const line = `{"process_exec": {"parent":{"pid":1}, ${kept}, "more":${value}} , "x":${value} }`;
    const without = `{"process_exec": {${kept}, "more":${value}} , "x":${value} }`;
    expect(createTestPipeline({ fieldFilters: '{"fields":"parent","action":"EXCLUDE"}' }).run(line)).toEqual([
      without,
    ]);
    const secret = line.replace('"pid":1, "new"', '"arguments":"tok=abcdef", "new"');
    expect(createTestPipeline({ redactionFilters: '{"redact":["tok=(.*)"]}' }).run(secret)).toEqual([
      secret.replace("abcdef", "*****"),
    ]);
  });

  test("fields stay in order, with what stands between them; commas go with what they divide", () => {
    const line =
      '{"process_exec":{"a":1 , "process":{"uid" : 0,"pid":1,"cwd":"/"},"parent":{}},"time":"2024-01-01T00:00:00Z"}';
    const run = (fields: string, action: string) =>
      createTestPipeline({ fieldFilters: JSON.stringify({ fields, action }) }).run(line)[0];
    expect(run("process.pid", "EXCLUDE")).toBe(line.replace('"pid":1,', ""));
    expect(run("process.uid", "EXCLUDE")).toBe(line.replace('"uid" : 0,', ""));
    expect(run("process.cwd", "EXCLUDE")).toBe(line.replace(',"cwd":"/"', ""));
    expect(run("process.uid,process.pid,process.cwd,parent", "EXCLUDE")).toBe(
      '{"process_exec":{"a":1 , "process":{}},"time":"2024-01-01T00:00:00Z"}',
    );
    expect(run("process.cwd", "INCLUDE")).toBe(
      '{"process_exec":{"process":{"cwd":"/"}},"time":"2024-01-01T00:00:00Z"}',
    );
  });

  test("items of lists are edited each by itself", () => {
    const line =
      '{"process_kprobe":{"args":[{"label":"a","int_arg":1e0}, {"int_arg":2} ,{"label":"b"}],"ancestors":[{"arguments":"tok=ab"},{"arguments":"\\u0041"}]}}';
    expect(
      createTestPipeline({ fieldFilters: '{"fields":"args.label","action":"EXCLUDE"}' }).run(line),
    ).toEqual([line.replace('"label":"a",', "").replace('"label":"b"', "")]);
    expect(createTestPipeline({ redactionFilters: '{"redact":["tok=(.*)"]}' }).run(line)).toEqual([
      line.replace("tok=ab", "tok=*****"),
    ]);
  });
});

describe("redaction happens once, whatever else the line holds", () => {
  const filters = [
    ['{"redact":["tok=(.{2})"]}', "tok=abcdef", "tok=*****cdef"],
    ['{"redact":["^(.)"]}', "abc", "*****bc"],
    ['{"redact":["(b+)"]}{"redact":["(c)"]}', "abbc", "a**********"],
  ] as const;
  test.each(filters)("%s", (redactionFilters, text, redacted) => {
    const line = (more: string, process = `"arguments":"${text}"`) =>
      `{"process_exec":{"process":{${process}},"parent":{"arguments":"${text}"}${more}},"time":"2024-01-01T00:00:00Z"}`;
    const extras = [
      "",
      ',"new":"\\u001b"',
      ',"new":"\\u00e9"',
      ',"new":"arguments"',
      ',"new":{"arguments":"x=y"}',
      ',"new":1,"new":2',
      ',"n\\u0065w":1',
      ',"New":1',
    ];
    for (const more of extras) {
      const [out] = createTestPipeline({ redactionFilters }).run(line(more));
      const { process, parent } = JSON.parse(out!).process_exec;
      expect([more, process.arguments, parent.arguments]).toEqual([more, redacted, redacted]);
    }
    const [escaped] = createTestPipeline({ redactionFilters }).run(line("", `"argument\\u0073":"${text}"`));
    expect(JSON.parse(escaped!).process_exec.process.arguments).toBe(redacted);
    const [unknown] = createTestPipeline({ redactionFilters }).run(line(`,"new":{"arguments":"${text}"}`));
    expect(JSON.parse(unknown!).process_exec.new.arguments).toBe(redacted);
  });

  test("environment variables, too", () => {
    const variables = '"environment_variables":[{"key":"TOK","value":"abcdef"},{"Key":"A","Value":"b"}]';
    for (const more of ["", '"cwd":"\\u00e9",']) {
      const line = `{"process_exec":{"process":{${more}${variables}}}}`;
      expect(createTestPipeline({ redactionFilters: '{"redact":["TOK=(.{2})"]}' }).run(line)).toEqual([
        line.replace("abcdef", "*****cdef"),
      ]);
    }
  });
});

describe("an error of our own", () => {
  test("is an internal error, not an invalid event", () => {
    const errors: unknown[] = [];
    let isBroken = true;
    const broken = createTestPipeline({
      exportDenylist: '{"pid":[1]}',
      onInvalid() {
        if (isBroken) throw new TypeError("ours");
      },
      onInternalError: (error) => errors.push(error),
    });
    const exec = '{"process_exec":{"process":{"pid":2}}}';
    expect(broken.run(exec, "no JSON", exec)).toEqual([exec, exec]);
    expect(errors).toEqual([new TypeError("ours")]);
    isBroken = false;
    expect(broken.run("no JSON", exec)).toEqual([exec]);
    expect(broken.counters.invalid).toBe(1);
  });
});
