/** What is no event does not pass as one, and nothing of a line passes that no stage has looked at. */
import { describe, expect, test } from "bun:test";
import { createTestPipeline } from "./support.ts";

const SECRET = "s3cr3t";
const EXEC = `{"process_exec":{"process":{"binary":"/bin/a","arguments":"--password=${SECRET}"}},"time":"2024-01-01T00:00:00Z"}`;
const TEXT = JSON.stringify(EXEC);

const NO_EVENTS = {
  "Docker's json-file, not unwrapped": `{"log":${TEXT},"stream":"stdout","time":"2024-01-01T00:00:00Z"}`,
  "a message in text": `{"message":${TEXT}}`,
  "journald's JSON": `{"__CURSOR":"s","MESSAGE":${TEXT},"_PID":"1"}`,
  "an OTLP log record": `{"body":{"stringValue":${TEXT}}}`,
  "OTLP's export": `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":${TEXT}}}]}]}]}`,
  "Splunk's HEC, as an object": `{"event":${EXEC}}`,
  "Splunk's HEC, as text": `{"time":1,"host":"h","event":${TEXT}}`,
  "a cloud event": `{"specversion":"1.0","type":"t","source":"s","id":"1","data":${EXEC}}`,
  "a cloud event in base64": `{"specversion":"1.0","type":"t","data_base64":"${btoa(EXEC)}"}`,
  "a document of ECS": `{"@timestamp":"2024-01-01T00:00:00Z","event":{"original":${TEXT}},"process":{"args":["${SECRET}"]}}`,
  "Fluent Bit's nest": `{"kubernetes":{"pod_name":"p"},"log_processed":${EXEC}}`,
  "an unknown type around an event": `{"wrapped":{"deep":${EXEC}}}`,
  "a line of Tetragon's own log": `{"level":"info","msg":"${SECRET}"}`,
  "an event that says null": `{"process_exec":null,"note":"${SECRET}"}`,
  "the fields around an event": `{"node_name":"${SECRET}"}`,
  nothing: "{}",
} as const;

describe("what is no event is refused, with the reason", () => {
  const configurations = {
    "without stages": {},
    "with redaction": { redactionFilters: '{"redact":["--password=(\\\\S+)"]}' },
    "with a deny list, without validation": {
      exportDenylist: '{"binary_regex":["^/bin/a$"]}',
      validate: "off" as const,
    },
    "with a field filter": { fieldFilters: '{"fields":"process.arguments","action":"EXCLUDE"}' },
  };
  for (const [configured, overrides] of Object.entries(configurations)) {
    test.each(Object.entries(NO_EVENTS))(`${configured}: %s`, (_what, line) => {
      const { run, counters, invalid } = createTestPipeline(overrides);
      expect(run(line)).toEqual([]);
      expect(counters).toMatchObject({ invalid: 1, accepted: 0 });
      expect(invalid[0]!.reason).toMatch(/^holds no event/);
      expect(invalid[0]!.reason).not.toContain(SECRET);
    });
  }

  test("an event of a type that nobody knows is one", () => {
    const lines = [
      '{"event_of_tomorrow":{"text":"x"},"time":"2024-01-01T00:00:00Z"}',
      '{"process_of_tomorrow":{"process":{"pid":1}},"more":[1]}',
      '{"processExec":{"process":{"pid":1}}}',
    ];
    expect(createTestPipeline().run(...lines)).toEqual(lines);
    expect(createTestPipeline({ exportDenylist: '{"pid":[2]}' }).run(...lines)).toEqual(lines);
  });

  test("a log shipper that keeps the text beside the event lets no secret out", () => {
    const line = `{"log":${TEXT},${EXEC.slice(1)}`;
    const { run, invalid } = createTestPipeline({ redactionFilters: '{"redact":["--password=(\\\\S+)"]}' });
    expect(run(line)).toEqual([]);
    expect(invalid[0]!.reason).toBe('holds a second document in the field "log"');
  });
});

describe("a second event beside the first, which no filter would see", () => {
  const inner = `{"process":{"binary":"/bin/a","arguments":"${SECRET}"}}`;
  const configurations = [
    { exportDenylist: '{"event_set":["PROCESS_EXEC"]}' },
    { exportDenylist: '{"binary_regex":["^/bin/a$"]}' },
    { fieldFilters: '{"fields":"process.arguments","action":"EXCLUDE","event_set":["PROCESS_EXEC"]}' },
    { redactionFilters: '{"redact":["x=(.*)"]}' },
  ];

  test.each([
    ["of another type", "process_exit", "process_exec"],
    ["in the other spelling", "processExit", "process_exec"],
    ["of a type that nobody knows", "process_of_tomorrow", "process_exec"],
    ["of which nobody knows the type of the second", "process_exit", "process_of_tomorrow"],
    ["of a type of our own", "process_connect", "process_exec"],
  ])("%s is refused", (_what, first, second) => {
    const line = `{"${first}":{"process":{"binary":"/bin/b"}},"${second}":${inner}}`;
    for (const overrides of configurations) {
      const { run, invalid } = createTestPipeline(overrides);
      expect(run(line)).toEqual([]);
      expect(invalid[0]!.reason).toMatch(
        /^holds two events, in the fields "process_?[\w]+" and "process_\w+"$/,
      );
    }
  });

  test("what a log shipper knows of the container is none, and null is not there", () => {
    const lines = [
      '{"kubernetes":{"pod_name":"p","annotations":{"last":"{\\"a\\":1}"}},"process_exec":{"process":{"pid":1}}}',
      '{"process_exec":null,"process_exit":{"process":{"pid":1}},"more":{"a":1}}',
    ];
    for (const overrides of [
      { exportDenylist: '{"pid":[2]}' },
      { redactionFilters: '{"redact":["x=(.*)"]}' },
    ]) {
      expect(createTestPipeline(overrides).run(...lines)).toEqual(lines);
    }
  });
});

describe("a field that stands twice", () => {
  const exclude = '{"fields":"process.arguments","action":"EXCLUDE"}';

  test.each([
    [
      "an event",
      `{"process_exec":{"process":{"arguments":"${SECRET}"}},"process_exec":{"process":{"pid":1}}}`,
    ],
    ["a process", `{"process_exec":{"process":{"arguments":"${SECRET}"}, "process":{"pid":1}}}`],
    ["arguments", `{"process_exec":{"process":{"arguments":"${SECRET}","pid":1,"arguments":"x"}}}`],
    ["with an escape", `{"process_exec":{"process":{"arguments":"${SECRET}"},"proc\\u0065ss":{"pid":1}}}`],
    ["in the other spelling", `{"process_exec":{"process":{"pid":1}},"processExec":{"process":{"pid":1}}}`],
  ])("%s: the last one counts, and no other leaves", (_what, line) => {
    for (const overrides of [
      { fieldFilters: exclude },
      { redactionFilters: '{"redact":["(.*)"]}' },
      { exportDenylist: '{"pid":[7]}' },
    ]) {
      const [out] = createTestPipeline(overrides).run(line);
      expect(out).not.toContain(SECRET);
      expect(out!.match(/process_?[Ee]xec/g)).toHaveLength(1);
    }
  });

  test("an excluded field does not leave where the same key stands in the other spelling", () => {
    const line = `{"process_exec":{"process":{"parentExecId":"a","binary":"/x"},"parent":{"arguments":"${SECRET}"}}}`;
    const filter = '{"fields":"process.parent_exec_id,parent","action":"EXCLUDE"}';
    expect(createTestPipeline({ fieldFilters: filter }).run(line)).toEqual([
      '{"process_exec":{"process":{"binary":"/x"}}}',
    ]);
  });

  test("maps and unknown messages are no exception", () => {
    const line = `{"process_exec":{"process":{"pod":{"pod_labels":{"a":"${SECRET}","a":"b"}}},"new":{"b":"${SECRET}","b":1}}}`;
    expect(createTestPipeline({ exportDenylist: '{"pid":[7]}' }).run(line)).toEqual([
      '{"process_exec":{"process":{"pod":{"pod_labels":{"a":"b"}}},"new":{"b":1}}}',
    ]);
  });

  test("in an object of very many fields", () => {
    const fields = Array.from({ length: 300 }, (_, i) => `"k${i}":${i}`).join(",");
    const line = `{"process_exec":{"process":{"arguments":"${SECRET}",${fields},"arguments":"x"}}}`;
    const [out] = createTestPipeline({ fieldFilters: exclude }).run(line);
    expect(out).toBe(`{"process_exec":{"process":{${fields}}}}`);
  });
});

describe("camelCase is the same field", () => {
  const line =
    '{"processKprobe":{"process":{"binary":"/bin/a","arguments":"-p x","environmentVariables":[{"key":"A","value":"secret"}]},"policyName":"files"},"nodeName":"n"}';

  test("to event_set, policy_names and CEL", () => {
    for (const filter of [
      '{"event_set":["PROCESS_KPROBE"]}',
      '{"policy_names":["files"]}',
      `{"cel_expression":["process_kprobe.policy_name == 'files'"]}`,
    ]) {
      expect(createTestPipeline({ exportAllowlist: filter }).run(line)).toEqual([line]);
      expect(createTestPipeline({ exportDenylist: filter }).run(line)).toEqual([]);
    }
  });

  test("to redaction and field filters", () => {
    const redactionFilters = '{"redact":["-p (.)","A=(.*)"]}';
    expect(createTestPipeline({ redactionFilters }).run(line)).toEqual([
      line.replace("-p x", "-p *****").replace("secret", "*****"),
    ]);
    const fieldFilters = '{"fields":"policyName,process.environment_variables","action":"EXCLUDE"}';
    expect(createTestPipeline({ fieldFilters }).run(line)).toEqual([
      '{"processKprobe":{"process":{"binary":"/bin/a","arguments":"-p x"}},"nodeName":"n"}',
    ]);
  });
});

describe("metadata of another agent", () => {
  const init =
    '{"@timestamp":"2024-01-01T00:00:00.000Z","event":"agent_init","tetragon_version":"1","os":"linux","pid":7,"uptime":"initialized at 0"}';
  const refresh = '{"event":"agent_refresh","node_name":"n","of_tomorrow":1}';

  test("passes every stage as it is, and is counted", () => {
    const { run, counters } = createTestPipeline({
      exportAllowlist: '{"pid":[1]}',
      exportRateLimit: 0,
      redactionFilters: '{"redact":["(.*)"]}',
      aggregation: { windowMs: 1000, bufferSize: 10 },
    });
    expect(run(init, refresh)).toEqual([init, refresh]);
    expect(counters).toMatchObject({ metadata: 2, accepted: 2, filtered: 0, invalid: 0, aggregated: 0 });
    const plain = createTestPipeline();
    expect(plain.run(init, refresh)).toEqual([init, refresh]);
    expect(plain.counters).toMatchObject({ metadata: 2, accepted: 2 });
  });

  test("an event that says that it is metadata is an event", () => {
    const line = `{"event":"agent_init",${EXEC.slice(1)}`;
    const redacted = createTestPipeline({ redactionFilters: '{"redact":["--password=(\\\\S+)"]}' });
    expect(redacted.run(line)[0]).not.toContain(SECRET);
    expect(createTestPipeline({ exportAllowlist: '{"pid":[1]}' }).run(line)).toEqual([]);
    for (const more of [`"log":${TEXT}`, '"data":{}', `"list":[${EXEC}]`]) {
      expect(
        createTestPipeline({ exportAllowlist: '{"pid":[1]}' }).run(`{"event":"agent_init",${more}}`),
      ).toEqual([]);
    }
  });
});

describe("documents that cost too much", () => {
  const line = (value: string) => `{"process_exec":{"process":{"pid":1},"new":${value}}}`;
  const MIB = 4 * 1024 * 1024;

  test.each([
    ["nested lists", "[".repeat(MIB / 2) + "]".repeat(MIB / 2)],
    ["very many lists", `[${"[],".repeat(MIB / 3)}[]]`],
    ["very many objects", `[${'{"a":1},'.repeat(MIB / 8)}{}]`],
    ["nested objects", '{"a":'.repeat(MIB / 6) + 1 + "}".repeat(MIB / 6)],
  ])("%s are refused before they are parsed", (_what, value) => {
    for (const overrides of [{}, { exportDenylist: '{"pid":[2]}' }]) {
      const { run, invalid } = createTestPipeline(overrides);
      expect(run(line(value))).toEqual([]);
      expect(invalid[0]!.reason).toContain("nested more than 128 levels deep");
    }
  });

  test("long texts and lists of numbers are not many parts", () => {
    const lines = [line(`"${"x".repeat(MIB)}"`), line(`[${"1,".repeat(MIB / 2)}1]`)];
    expect(createTestPipeline({ exportDenylist: '{"pid":[2]}' }).run(...lines)).toEqual(lines);
  });
});
