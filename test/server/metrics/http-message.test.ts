import { describe, expect, test } from "bun:test";
import { readRequest, responseTo } from "../../../src/server/metrics/http-message.ts";

const read = (text: string) => readRequest(text, 1000);

describe("readRequest()", () => {
  test("takes GET and HEAD of HTTP/1, as clients write them", () => {
    expect(read("GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n")).toEqual({
      method: "GET",
      path: "/metrics",
    });
    expect(read("HEAD /metrics?x=1 HTTP/1.0\r\n\r\n")).toEqual({ method: "HEAD", path: "/metrics" });
    expect(read("GET http://a:2112/metrics HTTP/1.1\r\nhost:a\r\n\r\n")).toEqual({
      method: "GET",
      path: "/metrics",
    });
  });

  test("waits for the rest of one that may still become a request", () => {
    for (const text of ["", "GE", "GET /metrics HTTP/1.1\r\n", "GET /metrics HTTP/1.1\r\nHost: a\r\n"])
      expect(read(text)).toBeUndefined();
  });

  test.each([
    ["POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405],
    ["GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", 505],
    ["GET /metrics HTTP/1.1\r\n\r\n", 400],
    ["GET /metrics HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n", 400],
    ["\x16\x03\x01\x02\r\n", 400],
    [`GET /metrics HTTP/1.1\r\nHost: a\r\nx: ${"y".repeat(1000)}`, 431],
    [`GET /metrics HTTP/1.1\r\nHost: a\r\nx: ${"y".repeat(1000)}\r\n\r\n`, 431],
  ])("refuses %j", (text, status) => {
    expect(read(text)).toEqual({ status } as never);
  });
});

describe("responseTo()", () => {
  const page = { type: "text/plain", body: Buffer.from("a 1\n") };
  const respond = (request: Parameters<typeof responseTo>[0]) =>
    Buffer.from(responseTo(request, (path) => (path === "/metrics" ? page : undefined))).toString();

  test("says how long the page is, with it or without", () => {
    expect(respond({ method: "GET", path: "/metrics" })).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: 4\r\n[\s\S]*Connection: close\r\n\r\na 1\n$/,
    );
    expect(respond({ method: "HEAD", path: "/metrics" })).toMatch(/Content-Length: 4\r\n[\s\S]*\r\n\r\n$/);
  });

  test("has nothing at other paths", () => {
    expect(respond({ method: "GET", path: "/" })).toStartWith("HTTP/1.1 404 Not Found\r\n");
    expect(respond({ status: 405 })).toContain("\r\nAllow: GET, HEAD\r\n");
  });
});
