import { describe, expect, test } from "bun:test";
import { Filter } from "../../../src/event/description/index.ts";
import { readMessages } from "../../../src/pipeline/config/message.ts";
import { FilterText, Problems } from "../../../src/pipeline/config/problems.ts";
import { messageOf } from "../support.ts";

function read(text: string): { messages: ReturnType<typeof readMessages>; problems: Problems } {
  const problems = new Problems();
  return { messages: readMessages(new FilterText("--export-allowlist", text, problems), Filter), problems };
}

function problemsOf(text: string): string {
  return messageOf(() => read(text).problems.throwIfAny());
}

describe("readMessages()", () => {
  test("takes proto names, camelCase names, null, enum names and numbers, integers as strings", () => {
    const { messages, problems } = read(
      '{"eventSet":["PROCESS_EXEC",5,"KPROBE"],"pid":["7",1e2,4294967295]} {"binary_regex":null,"healthCheck":true}',
    );
    problems.throwIfAny();
    expect(messages.map((message) => message.number)).toEqual([1, 2]);
    expect(messages[0]?.numbers("event_set")).toEqual([1, 5, 9]);
    expect(messages[0]?.numbers("pid")).toEqual([7, 100, 4294967295]);
    expect([...messages[1]!.fields.keys()]).toEqual(["health_check"]);
  });

  test("an empty list is not a key, an empty text no filter", () => {
    expect(read('{"namespace":[]}').messages[0]?.fields.size).toBe(0);
    expect(read(" \n ").messages).toEqual([]);
  });

  test.each([
    ['{"foo":1}', 'filter 1, key "foo": unknown key', '  {"foo":1}\n   ^'],
    ['{} {"pid":[-1]}', 'filter 2, key "pid": found -1, needs uint32', '  {} {"pid":[-1]}\n             ^'],
    ['{"namespace":1}', 'key "namespace": found 1, needs an array', '{"namespace":1}\n               ^'],
    ['{"pid":"1"}', 'key "pid": found "1", needs an array', "^"],
    ['{"namespace":[null]}', 'key "namespace": found null, needs a string', "^"],
    ['{"health_check":"yes"}', 'key "health_check": found "yes", needs true or false', "^"],
    ['{"event_set":["NOPE"]}', 'key "event_set": found "NOPE", needs one of UNDEF, PROCESS_EXEC', "^"],
    ['{"event_set":["process_exit"]}', 'RATE_LIMIT_INFO; nearest is "PROCESS_EXIT"', "^"],
    ['{"event_sets":["TEST"]}', '; nearest is "event_set"', '  {"event_sets":["TEST"]}\n   ^'],
    ['{"event_set":[99]}', 'key "event_set": found 99, needs one of', "^"],
    ['{"podRegex":[],"pod_regex":["a"]}', 'key "pod_regex": found twice', "^"],
    ['{"capabilities":{"effective":{"some":[]}}}', 'key "capabilities.effective.some": unknown key', "^"],
    ['[{"pid":[1]}]', "filter 1: found an array, needs an object", "  [\n"],
    ['{"pid":[1]},{}', 'filter 2: expected a JSON value, found ","', "            ^"],
    ['{"pid":[1}', 'filter 1: expected "," or "]", found "}"', '  {"pid":[1}\n           ^'],
    ['{"namespace":["a', 'filter 1: expected a closing "', '  {"namespace":["a\n                ^'],
    ["{'a':1}", "filter 1: expected a key in double quotes", "   ^"],
    ['{"namespace":["\\ud800"]}', "expected whole surrogate pairs", "^"],
  ])("%s is refused with its place", (text, message, picture) => {
    const problems = problemsOf(text);
    expect(problems).toStartWith("Cannot use --export-allowlist, ");
    expect(problems).toContain(message);
    expect(`${problems}\n`.replace("  [{", "  [\n")).toContain(picture);
  });

  test("reports all problems at once", () => {
    expect(problemsOf('{"a":1,"pid":["x"]}{"namespace":1}').match(/Cannot use/g)).toHaveLength(3);
  });

  test("shows the part of a long line that matters", () => {
    const filler = `{"namespace":["${"a".repeat(500)}"]}`;
    const [, line, caret] = problemsOf(`${filler}\n${filler}{"x":1}${filler}`).split("\n");
    expect(line!.length).toBeLessThan(120);
    expect(line).toStartWith("  ...");
    expect(line).toEndWith("...");
    expect(line!.slice(caret!.indexOf("^"))).toStartWith('"x":1');
  });
});
