import { describe, expect, test } from "bun:test";
import { maskText, maskValue } from "../../../src/cli/bugtool/mask.ts";

const M = "********";

describe("maskText()", () => {
  test.each([
    ["url=https://me:pw@example.com/x", `url=https://${M}@example.com/x`],
    ["password=abc next=1", `password=${M} next=1`],
    ['{"api_key": "a\\"b", "x": 1}', `{"api_key": ${M}, "x": 1}`],
    ["--elasticsearch-password='a b' -x", `--elasticsearch-password=${M} -x`],
    ["Authorization: Bearer abc.def", `Authorization: Bearer ${M}`],
    ["authorization=Basic QQ==", `authorization=Basic ${M}`],
    ["DB_TOKEN=abc", `DB_TOKEN=${M}`],
    ['error="login with password=\\"hun ter2\\" failed"', `error="login with password=${M} failed"`],
    ['msg="{\\"token\\":\\"a b\\"}"', `msg="{\\"token\\":${M}}"`],
    ["--password hunter2 --verbose", `--password ${M} --verbose`],
    ["AWS_SECRET_ACCESS_KEY=abc/def+g region=x", `AWS_SECRET_ACCESS_KEY=${M} region=x`],
    ["aws_access_key_id = AKIA0", `aws_access_key_id = ${M}`],
    ["amqp://user:pa/ss@host:1/x and http://host:1/path", `amqp://${M}@host:1/x and http://host:1/path`],
    ["redis://:pw@host", `redis://${M}@host`],
    [
      "-----BEGIN EC PRIVATE KEY-----\nMHc=\nAAA\n-----END EC PRIVATE KEY-----\nx",
      `-----BEGIN EC PRIVATE KEY-----${M}-----END EC PRIVATE KEY-----\nx`,
    ],
    ["-----BEGIN PRIVATE KEY-----\\nMHc=", `-----BEGIN PRIVATE KEY-----${M}`],
    ["tls-key-file=/etc/x.pem address=localhost:1", "tls-key-file=/etc/x.pem address=localhost:1"],
    ["nothing to hide: a@b", "nothing to hide: a@b"],
  ])("makes %j %j", (text, expected) => {
    expect(maskText(text)).toBe(expected);
  });
});

describe("maskValue()", () => {
  test("masks by names, and in texts, at any depth", () => {
    const value = {
      password: "x",
      empty: { token: "" },
      "tls-key-file": "/etc/key.pem",
      list: [{ "api-key": "x" }, "https://a:b@c"],
      secret: ["x", "y"],
      count: 3,
      none: null,
    };
    expect(maskValue(value)).toEqual({
      password: M,
      empty: { token: "" },
      "tls-key-file": "/etc/key.pem",
      list: [{ "api-key": M }, `https://${M}@c`],
      secret: [M, M],
      count: 3,
      none: null,
    });
  });
});
