import { expect, test } from "bun:test";
import { tlsAdvice } from "../../src/lib/fetch-error.ts";

test("tlsAdvice() says that a server that hangs up on plain HTTP may want TLS", () => {
  const hungUp = { code: "ECONNRESET" };
  expect(tlsAdvice(hungUp, "http", "http://intake:8088/")).toBe(
    " (it may want TLS: https:// instead of http://)",
  );
  expect(tlsAdvice(hungUp, "http", "https://intake:8088/")).toBe("");
  expect(tlsAdvice(hungUp, "http", "http://intake:8088/", true)).toBe("");
});
