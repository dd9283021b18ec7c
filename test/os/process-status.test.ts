import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parseStatus, statusCapabilities, statusNumbers } from "../../src/os/process-status.ts";

const status = parseStatus(
  "Name:\ta:b\nUid:\t0\t1\t2\t3\nGroups:\t \nNStgid:\t4711\t1\nCapEff:\t000001ffffffffff\nno field\n",
);

describe("parseStatus()", () => {
  test("takes the first colon of a line as the end of the name", () => {
    expect(status.get("Name")).toBe("a:b");
    expect(status.get("no field")).toBeUndefined();
    expect(status.get("b")).toBeUndefined();
  });

  test("reads this process", () => {
    const own = parseStatus(readFileSync("/proc/self/status", "latin1"));
    expect(statusNumbers(own, "Pid")).toEqual([process.pid]);
    expect(statusNumbers(own, "Uid")[0]).toBe(process.getuid!());
  });
});

test("statusNumbers() gives all numbers of a field, and none of one that is empty or missing", () => {
  expect(statusNumbers(status, "Uid")).toEqual([0, 1, 2, 3]);
  expect(statusNumbers(status, "NStgid")).toEqual([4711, 1]);
  expect(statusNumbers(status, "Groups")).toEqual([]);
  expect(statusNumbers(status, "Seccomp")).toEqual([]);
});

test("statusCapabilities() reads a set, and takes a field that is missing for an empty one", () => {
  expect(statusCapabilities(status, "CapEff")).toBe(2n ** 41n - 1n);
  expect(statusCapabilities(status, "CapAmb")).toBe(0n);
});
