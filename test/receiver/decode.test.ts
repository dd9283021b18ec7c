import { expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { decodeDatagram } from "../../src/receiver/decode.ts";
import { inspect } from "../../src/receiver/inspect.ts";

const texts = (datagram: Buffer) => decodeDatagram(datagram).documents.map(String);

test("decodeDatagram() takes lines apart, and leaves a line without an end as it is", () => {
  expect(texts(Buffer.from("{}\n"))).toEqual(["{}\n"]);
  expect(texts(Buffer.from("{}\n[]\n"))).toEqual(["{}\n", "[]\n"]);
  expect(texts(Buffer.from("{}\n[]"))).toEqual(["{}\n", "[]"]);
  expect(texts(Buffer.from("{}"))).toEqual(["{}"]);
  expect(texts(Buffer.alloc(0))).toEqual([""]);
});

test("a document that is laid out over several lines is one", () => {
  const event = { process_exec: { process: { pid: 1, pod: { pod_labels: {} } } } };
  const text = `${JSON.stringify(event, null, 2)}\n`;
  expect(texts(Buffer.from(text))).toEqual([text]);
  expect(inspect(decodeDatagram(Buffer.from(text)).documents[0]!, true)).toMatchObject({
    type: "process_exec",
  });
  expect(texts(gzipSync(text))).toEqual([text]);
  expect(texts(Buffer.from("{} \r\n[]\n"))).toEqual(["{} \r\n", "[]\n"]);
});

test("a datagram that unpacks to millions of lines, or is damaged, is one invalid document", () => {
  const bomb = gzipSync(Buffer.alloc(4_000_000, "\n"));
  expect(decodeDatagram(bomb)).toEqual({
    documents: [bomb],
    reason: "cannot be unpacked as gzip: it has more than 4096 lines",
  });
  const cut = gzipSync("{}\n".repeat(9)).subarray(0, 20);
  expect(decodeDatagram(cut)).toMatchObject({ documents: [cut], reason: expect.stringContaining("gzip") });
});

test("decodeDatagram() changes no byte of a GELF message that is not UTF-8: it is none", () => {
  const message = Buffer.from(
    '{"version":"1.1","short_message":"x","full_message":"{\\"a\\":\\"\xe9\\"}"}\n',
    "latin1",
  );
  expect(decodeDatagram(message)).toEqual({ documents: [message] });
});
