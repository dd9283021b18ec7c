import { describe, expect, test } from "bun:test";
import { OPTION_TABLE } from "../../../src/agent/option-table.ts";
import { isTopic } from "../../../src/exporter/kafka/choices.ts";
import { kafka } from "../../../src/exporter/kafka/definition.ts";
import { kafkaBroker } from "../../../src/exporter/kafka/options.ts";

test.each(["tetragon", "a.b_c-D9", "t.{event_type}", "{event_type}", "x".repeat(249)])(
  "%p is a topic",
  (name) => expect(isTopic(name)).toBe(true),
);

test.each(["", ".", "..", "a b", "a/b", "t.{type}", "ä", "x".repeat(250), `${"x".repeat(210)}{event_type}`])(
  "%p is no topic",
  (name) => expect(isTopic(name)).toBe(false),
);

test.each([
  ["kafka", { isTls: false, host: "kafka", port: 9092 }],
  ["kafka:1", { isTls: false, host: "kafka", port: 1 }],
  ["tls://[::1]", { isTls: true, host: "::1", port: 9093 }],
])("%s is a broker", (text, expected) => {
  expect(kafkaBroker(text)).toEqual(expected);
});

describe("what is wrong among options", () => {
  const check = (values: Record<string, unknown>) =>
    kafka.check!({
      values: { ...OPTION_TABLE.defaults, "kafka-brokers": ["kafka"], ...values },
      isSet: () => true,
    } as never);
  const sasl = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`kafka-sasl-${name}`, value]));

  test("nothing, by default", () => {
    expect(check({})).toEqual({ problems: [], warnings: [] });
  });

  test.each([
    [
      sasl({ username: "u" }),
      "Cannot use --kafka-sasl-username without --kafka-sasl-mechanism: found none, expected plain, scram-sha-256 or scram-sha-512",
    ],
    [sasl({ "password-file": "/p" }), "Cannot use --kafka-sasl-password-file without --kafka-sasl-mechanism"],
    [{ "kafka-brokers": ["tls://a", "b"] }, "found some with tls:// and some without"],
    [sasl({ mechanism: "plain" }), "expected --kafka-sasl-username and --kafka-sasl-password"],
    [sasl({ mechanism: "plain", username: "a" }), "expected --kafka-sasl-username and --kafka-sasl-password"],
    [sasl({ password: "a", "password-file": "/b" }), "found both, expected one of them"],
    [{ "kafka-tls-cert-file": "/a" }, "expected both"],
  ])("%p", (values, expected) => {
    expect(check(values).problems).toEqual([expect.stringContaining(expected)]);
  });

  test("a password in plain words is warned of, unless they are over TLS", () => {
    const plain = sasl({ mechanism: "plain", username: "a", password: "b" });
    expect(check(plain).warnings).toEqual([expect.stringContaining("shows the password")]);
    expect(check({ ...plain, "kafka-brokers": ["tls://kafka"] }).warnings).toEqual([]);
  });
});
