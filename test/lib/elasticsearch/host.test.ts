import { describe, expect, test } from "bun:test";
import { parseNodeUrl } from "../../../src/lib/elasticsearch/host.ts";

describe("parseNodeUrl()", () => {
  test.each([
    ["https://es1:9200", "https://es1:9200"],
    ["https://es1", "https://es1:9200"],
    ["http://es1:80/", "http://es1:80"],
    ["https://cloud.example:443/es/", "https://cloud.example:443/es"],
    ["es1", "http://es1:9200"],
    ["10.0.0.1:9201", "http://10.0.0.1:9201"],
    ["http://[::1]:9200", "http://[::1]:9200"],
    ["[::1]", "http://[::1]:9200"],
  ])("reads %s", (text, url) => {
    expect(parseNodeUrl(text)).toBe(url);
  });

  test.each([
    "",
    "https://",
    "https://user:secret@es1",
    "ftp://es1",
    "http://es1?x=1",
    "http://es1#x",
    "http://es 1",
    "es1:99999",
    "es1:0",
  ])("refuses %p", (text) => {
    expect(parseNodeUrl(text)).toBeUndefined();
  });
});
