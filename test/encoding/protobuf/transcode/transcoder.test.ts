import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { NOT_SURE, Transcoder } from "../../../../src/encoding/protobuf/transcode/transcoder.ts";
import {
  camelName,
  EnumDescriptor,
  type FieldDescriptor,
  MessageDescriptor,
} from "../../../../src/event/description/descriptor.ts";
import { GetEventsResponse } from "../../../../src/event/description/generated/events.ts";
import type { JsonObject } from "../../../../src/lib/json/object.ts";
import { mutatedLines } from "../../../event/scan/mutations.ts";
import { apiEvents, bytesOf, EVENT_TYPES, read, realEvents } from "../support.ts";
import { check, parsed, transcoded } from "./oracle.ts";

/** How many changed lines are looked at: more where somebody has the time. */
const MUTATED_LINES = Number(Bun.env.TETRAD_TEST_MUTATED_LINES ?? 50_000);

/** The machine may be busy. */
setDefaultTimeout(MUTATED_LINES < 1e6 ? 60_000 : 3_600_000);

const process = (fields: string) => `{"process_exec":{"process":{${fields}}}}`;
const argument = (fields: string) => `{"process_kprobe":{"args":[{${fields}}]}}`;

/** Names of all fields of all messages in an event. */
const NAMES = new Set<string>();
function addNames(message: MessageDescriptor): void {
  for (const { name, type } of message.fields.values()) {
    NAMES.add(name);
    if (type instanceof MessageDescriptor) addNames(type);
  }
}
addNames(GetEventsResponse);

/** Puts known names in the place of unknown ones of enum values, and times in UTC in that of others. */
function usual(value: JsonObject, message: MessageDescriptor): JsonObject {
  const item = (inner: unknown, { type, cardinality }: FieldDescriptor): unknown => {
    if (type instanceof EnumDescriptor) return Object.keys(type.table).at(-1);
    if (type.kind === "timestamp") return "2024-02-29T00:00:59.05Z";
    return type instanceof MessageDescriptor && cardinality !== "map"
      ? usual(inner as JsonObject, type)
      : inner;
  };
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const field = message.fields.get(name);
    if (field === undefined) return [name, inner];
    return [name, Array.isArray(inner) ? inner.map((one) => item(one, field)) : item(inner, field)];
  });
  return Object.fromEntries(entries);
}

const usualEvents = apiEvents.map((event) => usual(event, GetEventsResponse));

/** How JSON is written. */
interface Style {
  readonly space: string;
  readonly escapes: boolean;
  readonly camel: boolean;
}

function write(value: unknown, style: Style): string {
  const { space, escapes, camel } = style;
  const character = (c: string) =>
    escapes && /[a-mä/]/.test(c)
      ? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`
      : JSON.stringify(c).slice(1, -1);
  const text = (string: string) => `"${[...string].map(character).join("")}"`;
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${space}${value.map((v) => write(v, style)).join(`${space},${space}`)}]`;
  const members = Object.entries(value).map(
    ([k, v]) =>
      `${JSON.stringify(camel && NAMES.has(k) ? camelName(k) : k)}${space}:${space}${write(v, style)}`,
  );
  return `{${members.join(`${space},${space}`)}${space}}`;
}

const styles: fc.Arbitrary<Style> = fc.record({
  space: fc.constantFrom("", "", " ", "\t \r"),
  escapes: fc.boolean(),
  camel: fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, fc.constant(true)),
});

describe("Transcoder makes what the long way and protobuf's own runtime make", () => {
  test("of events of every type, in every spelling", () => {
    let sure = 0;
    const types = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(apiEvents, usualEvents), styles, (event, style) => {
        const text = write(event, style);
        if (!check(text)) return;
        sure++;
        types.add(EVENT_TYPES.find((type) => Object.hasOwn(event, type))!);
        const { message, unknownFields } = transcoded(text)!;
        expect(unknownFields).toBe(parsed(text)!.unknownFields);
        expect(read(message)).toEqual(read(bytesOf(event)));
      }),
      { numRuns: 500 },
    );
    // One that is never sure would pass as well.
    expect(sure).toBeGreaterThan(80);
    expect(types.size).toBeGreaterThan(EVENT_TYPES.length / 2);
  });

  test("of real events, all of which it is sure of", async () => {
    for (const line of await realEvents()) {
      const isOfApi = !/^\{"process_(?:connect|close|listen)"/.test(line);
      expect(check(line)).toBe(isOfApi);
      if (isOfApi) expect(transcoded(line)!.message).toEqual(parsed(line)!.message);
    }
  });

  test("of texts of every length, wherever something stands in them", () => {
    const lengths = [...Array(140).keys(), 16_380, 16_383, 16_384, 16_385, 100_000];
    for (const length of lengths) {
      for (const what of ["", "\\n", '\\"', "\\u00e4", "\\u20ac", "ä", "😀"]) {
        const text = "x".repeat(length);
        for (const value of [`${what}${text}`, `${text}${what}`, `${text}${what}${text.slice(0, 99)}`]) {
          expect(check(process(`"cwd":"${value}","pid":1`))).toBe(true);
        }
      }
    }
  });

  test("of messages that are longer and shorter than those before", () => {
    for (const length of [1, 100, 107, 110, 200, 16_300, 16_360, 16_390, 3, 60_000, 1]) {
      const inner = `{"binary":"${"x".repeat(length)}","pod":{"container":{"image":{"name":"${"y".repeat(length % 300)}"}}}}`;
      expect(check(`{"process_exec":{"process":${inner},"ancestors":[${inner},{}]}}`)).toBe(true);
    }
  });

  test.each([
    ["numbers of 64 bits", argument('"size_arg":"9999999999999999999"')],
    ["numbers of 64 bits that are no text", argument('"size_arg":9007199254740993')],
    ["numbers of 64 bits with a sign", argument('"long_arg":"-9223372036854775808"')],
    ["numbers of 32 bits with a sign", argument('"int_arg":-2147483648')],
    ["numbers that are texts", process('"pid":"4294967295","refcnt":"7"')],
    ["zeros that are set, and those that are not", `${argument('"int_arg":0,"label":""')}`],
    ["empty texts in a list", '{"process_kprobe":{"tags":["","a"]}}'],
    ["wrapped zeros", process('"pid":0,"in_init_tree":false')],
    ["truths", process('"in_init_tree":true,"ns":{"uts":{"is_host":true},"ipc":{"is_host":false}}')],
    ["capabilities in any order", process('"cap":{"permitted":["CAP_SYSLOG","CAP_CHOWN","CAP_BPF"]}')],
    ["empty lists", process('"cap":{"permitted":[ ],"effective":[]},"environment_variables":[]')],
    [
      "actions",
      '{"process_kprobe":{"action":"KPROBE_ACTION_UNKNOWN","return_action":"KPROBE_ACTION_SIGKILL"}}',
    ],
    ["absent values", process('"pid":null,"cwd":null,"cap":null,"start_time":null')],
    ["no type's value", '{"process_exec":null,"node_name":"n"}'],
    ["times without a fraction", `{"process_exec":{},"time":"2024-02-28T23:59:59Z"}`],
    ["times with a short fraction", `{"process_exec":{},"time":"1970-01-01T00:00:00.05Z"}`],
    ["the last of these times", `{"process_exec":{},"time":"2099-12-31T23:59:59.999999999Z"}`],
    ["times after a leap day", `{"process_exec":{},"time":"2024-03-01T00:00:00.000000001Z"}`],
    ["maps", '{"process_exec":{},"node_labels":{"a":"b","":"","2":"x","1":"y","a":"c"}}'],
    ["bytes", argument('"bytes_arg":"AAECAwQFBgc="')],
    ["bytes in the URL's alphabet, without padding", argument('"bytes_arg":"-_8"')],
    ["no bytes", argument('"bytes_arg":""')],
    ["bytes of which one is left", argument('"bytes_arg":"/w=="')],
    ["fields without a number", process('"filename":"x","cwd":"/"')],
    [
      "protobuf's other names",
      '{"processExec":{"process":{"execId":"a","parentExecId":"b","inInitTree":true}}}',
    ],
    [
      "white space",
      ' \t{ "process_exec" : { "process" : { "pid" : 1 , "cap" : { "permitted" : [ "CAP_BPF" ] } } } } \r',
    ],
  ])("of %s", (_, line) => {
    expect(check(line)).toBe(true);
  });

  test("of every day until 2099, and of no other", () => {
    for (let year = 1970; year < 2100; year++) {
      for (let month = 1; month <= 12; month++) {
        const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
        for (let day = 0; day <= 32; day++) {
          const date = [year, month, day].map((part) => String(part).padStart(2, "0")).join("-");
          const isDay = check(`{"process_exec":{},"time":"${date}T12:34:56.789Z"}`);
          if (isDay !== (day > 0 && day <= days)) throw new Error(date);
        }
      }
    }
  });

  test("of fields that the API lacks, which it counts", () => {
    const line = '{"process_exec":{"process":{"pid":1,"of_tomorrow":{"a":[1,"\\ud83d"]},"x":1}},"y":null}';
    expect(check(line)).toBe(true);
    expect(transcoded(line)!.unknownFields).toBe(3);
    expect(parsed(line)!.unknownFields).toBe(3);
  });
});

describe("Transcoder is sure only of what the long way takes:", () => {
  const validText = fc.tuple(usualEvents, styles).map(([event, style]) => write(event, style));

  test(`${MUTATED_LINES.toLocaleString("en")} changed lines`, async () => {
    const texts = [...fc.sample(validText, 300), ...(await realEvents())].filter(
      ({ length }) => length < 4000,
    );
    let looked = 0;
    let sure = 0;
    for (const line of mutatedLines(texts, fc.sample(fc.nat(), 1)[0]!)) {
      if (check(line)) sure++;
      if (++looked === MUTATED_LINES) break;
    }
    expect(sure).toBeGreaterThan(MUTATED_LINES / 50);
  });

  test("real events, cut anywhere", async () => {
    for (const line of (await realEvents()).slice(0, 8)) {
      const text = Buffer.from(line);
      for (let length = 0; length < text.length; length++) {
        expect(transcoded(text.subarray(0, length))).toBeUndefined();
      }
    }
  });

  test.each([
    ["a field twice", process('"pid":1,"pid":2')],
    ["a field in two spellings", process('"exec_id":"a","execId":"b"')],
    ["two types", '{"process_exec":{},"process_exit":{}}'],
    ["no type", '{"node_name":"n"}'],
    ["a type that the API lacks", '{"process_connect":{"process":{}}}'],
    ["an escape in a name", process('"p\\u0069d":1')],
    ["an unknown name with a capital letter", process('"someThing":1')],
    ["fields that came as protobuf", process('"unknown_fields":"AAA="')],
    ["an unknown capability", process('"cap":{"permitted":["CAP_OF_TOMORROW"]}')],
    ["a capability by number", process('"cap":{"permitted":[7]}')],
    ["half of a character", process('"cwd":"\\ud83d\\ude00"')],
    ["an escape that is none", process('"cwd":"\\x"')],
    ["an escape of three digits", process('"cwd":"\\u00e"')],
    ["a control character", process('"cwd":"a\tb"')],
    ["no UTF-8", Buffer.from(process('"cwd":"a\u00e4b"'), "latin1")],
    [
      "half of UTF-8",
      Buffer.concat([
        Buffer.from('{"process_exec":{"process":{"cwd":"'),
        Buffer.from([0xc3]),
        Buffer.from('"}}}'),
      ]),
    ],
    ["a number with an exponent", process('"pid":1e3')],
    ["a number with a fraction", process('"pid":1.0')],
    ["a number that is too large", process('"pid":4294967296')],
    ["a number of 64 bits that is too large", argument('"size_arg":"18446744073709551616"')],
    ["a number with a sign where none belongs", process('"pid":-1')],
    ["a number below 0 that is too small", argument('"int_arg":-2147483649')],
    ["-0", argument('"int_arg":-0')],
    ["a number with a zero before it", process('"pid":01')],
    ["no number", process('"pid":""')],
    ["only a sign", argument('"int_arg":-')],
    ["a time of another zone", '{"process_exec":{},"time":"2026-01-31T01:00:00+02:00"}'],
    ["a time before 1970", '{"process_exec":{},"time":"1969-12-31T23:59:59Z"}'],
    ["a time after 2099", '{"process_exec":{},"time":"2100-01-01T00:00:00Z"}'],
    ["a day that there is not", '{"process_exec":{},"time":"2023-02-30T00:00:00Z"}'],
    ["a fraction of ten digits", '{"process_exec":{},"time":"2023-02-03T00:00:00.1234567890Z"}'],
    ["a truth that is a number", process('"in_init_tree":1')],
    ["a text that is a number", process('"cwd":1')],
    ["a list that holds nothing", process('"cap":{"permitted":[null]}')],
    ["a message that is a list", '{"process_exec":[]}'],
    ["a list that is a message", '{"process_kprobe":{"args":{}}}'],
    ["base64 with a character that is none", argument('"bytes_arg":"AA$A"')],
    ["base64 with one digit left", argument('"bytes_arg":"AAAAA"')],
    ["base64 with half of its padding", argument('"bytes_arg":"AA="')],
    ["something behind it", `${process('"pid":1')}}`],
    ["a comma too many", process('"pid":1,')],
    ["nothing", ""],
  ])("not of %s", (_, line) => {
    expect(transcoded(line)).toBeUndefined();
  });

  test("not of a line without a newline, nor of one that is very long", () => {
    const target = Buffer.alloc(1 << 20);
    const line = Buffer.from(process('"pid":1'));
    expect(Transcoder.shared()!.write(line, 0, line.length, target, 0)).toBe(NOT_SURE);
    const long = Buffer.from(`${process(`"cwd":"${"x".repeat(200_000)}"`)}\n`);
    expect(Transcoder.shared()!.write(long, 0, long.length, target, 0)).toBe(NOT_SURE);
  });
});

test("Transcoder says how much room there should have been, and writes nothing", () => {
  const event: JsonObject = { process_exec: { process: { cwd: "x".repeat(100) } } };
  const line = Buffer.from(`${JSON.stringify(event)}\n`);
  const target = Buffer.alloc(200);
  const end = Transcoder.shared()!.write(line, 0, line.length, target, 150);
  expect(end).toBeGreaterThan(target.length);
  expect(target).toEqual(Buffer.alloc(200));
  expect(Transcoder.shared()!.write(line, 0, line.length, target, 200 - (end - 150))).toBe(200);
});
