import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { type FlagTable, flagSetOf, helpAsked, readFlags, readValues } from "../../src/config/flags.ts";
import { boolean, integer } from "../../src/config/kind.ts";

/** What the flags set, as plain text by name. */
function textsOf(argv: readonly string[]): Record<string, string> {
  const { settings, problems } = readFlags(argv, OPTION_TABLE);
  expect(problems).toEqual([]);
  return Object.fromEntries([...settings].map(([name, { text }]) => [name, text]));
}

describe("readFlags()", () => {
  test.each<[string[], Record<string, string>]>([
    [[], {}],
    [["--udp-output-port=9000"], { "udp-output-port": "9000" }],
    [["--udp-output-port", "9000"], { "udp-output-port": "9000" }],
    [["--udp-output-enabled"], { "udp-output-enabled": "true" }],
    [["--udp-output-enabled=false"], { "udp-output-enabled": "false" }],
    [["--export-rate-limit", "-1"], { "export-rate-limit": "-1" }],
    [["--export-filename="], { "export-filename": "" }],
    [['--export-allowlist={"a":"b=c"}'], { "export-allowlist": '{"a":"b=c"}' }],
    [["-d"], { debug: "true" }],
    [["-d=false"], { debug: "false" }],
    [["-dh"], { debug: "true", help: "true" }],
    [["--debug", "--"], { debug: "true" }],
    [["--udp-output-port=1", "--udp-output-port=2"], { "udp-output-port": "2" }],
    [
      ["--event-source=stdin", "--event-source", "file:/a,file:/b"],
      { "event-source": "stdin,file:/a,file:/b" },
    ],
    [["--log-file", "-"], { "log-file": "-" }],
  ])("reads %j", (argv, texts) => {
    expect(textsOf(argv)).toEqual(texts);
  });

  test.each<[string[], string[]]>([
    [["--udp-ouput-port"], ["Unknown flag --udp-ouput-port: did you mean --udp-output-port?"]],
    [["--pad=5"], ["Unknown flag --pad: did you mean --udp-pad?"]],
    [["--udp-ouput-port=5"], ["Unknown flag --udp-ouput-port: did you mean --udp-output-port?"]],
    [["--udp-ouput-port", "5"], ["Unknown flag --udp-ouput-port: did you mean --udp-output-port?"]],
    [["-udp-output-port=5"], ["Unknown flag -udp-output-port: did you mean --udp-output-port?"]],
    [["--no-debug"], ["Unknown flag --no-debug: did you mean --debug=false?"]],
    [["--colour"], ["Unknown flag --colour"]],
    [["-x"], ["Unknown flag -x"]],
    [["--=5"], ["Unknown flag --"]],
    [["--a b"], ['Unknown flag "--a b"']],
    [["--toString=1"], ["Unknown flag --toString"]],
    [
      ["--udp-output-port"],
      ["Cannot use --udp-output-port (flag): found no value, expected an integer from 1 to 65535"],
    ],
    [
      ["--udp-output-port", "--debug"],
      ["Cannot use --udp-output-port (flag): found no value, expected an integer from 1 to 65535"],
    ],
    [
      ["events.jsonl"],
      ['Cannot use argument "events.jsonl": found a word that is not a flag, expected flags only'],
    ],
    [
      ["--", "--debug"],
      ['Cannot use argument "--debug": found a word that is not a flag, expected flags only'],
    ],
    [
      ["--debug", "false"],
      [
        'Cannot use argument "false": found a word that is not a flag, expected --debug=false, since a boolean flag takes its value after "="',
      ],
    ],
  ])("says what is wrong with %j", (argv, problems) => {
    expect(readFlags(argv, OPTION_TABLE).problems).toEqual(problems);
  });

  test("goes on after a mistake, so that all of them are reported at once", () => {
    const { problems, settings } = readFlags(
      ["--nonsense=1", "--log-level=debug", "word", "--udp-output-port"],
      OPTION_TABLE,
    );
    expect(problems.length).toBe(3);
    expect(settings.get("log-level")).toEqual({ text: "debug", origin: "flag --log-level" });
  });

  const json = { kind: boolean(), default: "false", description: "Print JSON." };
  const count = { kind: integer({ min: 0 }), default: "7", description: "How many." };

  test("reads the flags of the table that it is given, and no others", () => {
    const layer = readFlags<string>(["--json", "--debug"], flagSetOf({ ...OPTION_TABLE.rows, json }));
    expect(layer.problems).toEqual([]);
    expect([...layer.settings.keys()]).toEqual(["json", "debug"]);
    expect(readFlags(["--json"], OPTION_TABLE).problems).toEqual(["Unknown flag --json"]);
  });

  test("answers an unknown flag of a small table with all of its flags", () => {
    expect(readFlags(["--colour"], flagSetOf({ json, count })).problems).toEqual([
      "Unknown flag --colour: known are --json, --count",
    ]);
  });

  test("takes as many words as it may, and none in the place of a flag's value", () => {
    expect(readFlags(["a", "--json", "b"], flagSetOf({ json }), 2)).toMatchObject({
      words: ["a", "b"],
      problems: [],
    });
    expect(readFlags(["a", "b"], flagSetOf({ json }), 1)).toMatchObject({
      words: ["a"],
      problems: ['Cannot use argument "b": expected no more than "a"'],
    });
    expect(readFlags(["--json", "false"], flagSetOf({ json }), 1).problems).toEqual([
      'Cannot use argument "false": found a word that is not a flag, expected --json=false, since a boolean flag takes its value after "="',
    ]);
  });

  test("readValues() has the value of every flag, or throws with every problem", () => {
    expect(readValues(["--count=3"], { json, count }).values).toEqual({ json: false, count: 3 });
    expect(readValues([], { json, count }).values).toEqual({ json: false, count: 7 });
    expect(() => readValues(["--jsn", "--count=-1"], { json, count })).toThrow(
      'Unknown flag --jsn: did you mean --json?\nCannot use --count (flag): found "-1", expected an integer of at least 0',
    );
  });

  test("never throws", () => {
    const argument = fc.oneof(
      fc.string(),
      fc.constantFrom("--", "-", "--debug", "--udp-output-port", "-d", "--=", "---"),
    );
    fc.assert(
      fc.property(fc.array(argument), (argv) => {
        const { problems } = readFlags(argv, OPTION_TABLE);
        expect(problems.every((problem) => !problem.includes("\n"))).toBe(true);
      }),
    );
  });
});

describe("helpAsked()", () => {
  test.each<[string[], "help" | "help-all" | undefined]>([
    [[], undefined],
    [["-h"], "help"],
    [["--nonsense", "--help"], "help"],
    [["--help", "--help-all"], "help-all"],
    [["--help=false"], undefined],
    [["--log-file", "-h"], undefined],
    [["--", "--help"], undefined],
    [["-dh"], "help"],
    [["word", "--help"], "help"],
  ])("of %j is %p", (argv, asked) => {
    expect(helpAsked(argv, OPTION_TABLE)).toBe(asked as "help");
  });

  test("knows no --help-all where the table has none", () => {
    const table: FlagTable = { help: OPTION_TABLE.rows.help };
    expect(helpAsked(["--help-all"], flagSetOf(table))).toBeUndefined();
    expect(helpAsked(["-h"], flagSetOf(table))).toBe("help");
  });
});
