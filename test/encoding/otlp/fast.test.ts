import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { LineRecords, NOT_SURE } from "../../../src/encoding/otlp/fast/fast.ts";
import { RecordEncoder } from "../../../src/encoding/otlp/record.ts";
import { validEvents } from "../../event/fit/event-arbitrary.ts";
import { mutatedLines } from "../../event/scan/mutations.ts";
import { attributesOf, decodeRecord } from "../../exporter/otlp/receiver.ts";
import { readSeed } from "../../harness/seed.ts";
import { fieldEvents, lineOf, REAL_LINES, tidied } from "../ecs/support.ts";

/** The machine may be busy. */
setDefaultTimeout(120_000);

const SETTINGS = { clusterName: "prod", hostName: "node-1", now: () => 1_700_000_000_123 };
const MUTATED_LINES = 3000;

const encoder = new RecordEncoder(SETTINGS);
const lines = LineRecords.make(SETTINGS)!;
const target = Buffer.alloc(4 * 1024 * 1024);

/** What a record says, to be compared; what stands before it and behind it stays as it is. */
function written(write: (at: number) => number) {
  target.fill(0xaa, 0, 16);
  const end = write(8);
  if (end === NOT_SURE) return undefined;
  expect(target.subarray(0, 8)).toEqual(Buffer.alloc(8, 0xaa));
  const { attributes, ...record } = decodeRecord(target.subarray(8, end));
  return { record, attributes: attributesOf(attributes), names: attributes.map(({ key }) => key) };
}

/** Whether it was sure; then it has to be right. */
function check(text: string): boolean {
  const source = Buffer.from(`${text}\n`);
  const line = { start: 0, end: source.length, isWhole: false };
  const fast = written((at) => lines.write(source, line, target, at));
  if (fast === undefined) return false;
  expect(fast).toEqual(written((at) => encoder.writeByDescription(source, 0, source.length, target, at))!);
  return true;
}

describe("LineRecords.write()", () => {
  test("makes the record that the description makes of real events, and is sure of those of the API", () => {
    const unsure = REAL_LINES.filter((line) => !check(line));
    expect(unsure.filter((line) => !/^\{"process_(?:connect|close|listen)"/.test(line))).toEqual([]);
  });

  test("makes the same of events as they are in the field, and is sure of most", () => {
    let [sure, all] = [0, 0];
    const run = fc.property(fieldEvents, fc.boolean(), (event, hasSpaces) => {
      all++;
      const isTidy = all % 4 !== 0;
      if (check(lineOf(isTidy ? (tidied(event) as object) : event, hasSpaces))) sure++;
    });
    fc.assert(run, { numRuns: 3000 });
    expect(sure / all).toBeGreaterThan(0.25);
  });

  test("makes the same of every valid event that it is sure of", () => {
    fc.assert(
      fc.property(validEvents, (event) => {
        check(JSON.stringify(event));
      }),
      { numRuns: 500 },
    );
  });

  test("makes the same of every line that was changed and that it is sure of", () => {
    let left = MUTATED_LINES;
    for (const line of mutatedLines(REAL_LINES, readSeed())) {
      if (left-- === 0) break;
      const text = line.toString("utf8");
      if (Buffer.from(text).equals(line)) check(text.replace(/\n$/, ""));
    }
  });

  /** An exec of a process of whose container that is known. */
  const lineIn = (process: object, more: object = {}) =>
    JSON.stringify({
      process_exec: { process: { exec_id: "bjE6MTox", pid: 7, binary: "/bin/sh", ...process } },
      ...more,
      time: "2026-01-02T03:04:05.678901234Z",
    });
  const inPod = (id: string, labels: object) =>
    lineIn({ pod: { name: "web", container: { id, name: "c" }, pod_labels: labels } });

  test("tells containers apart, however many there are and whatever little they differ in", () => {
    const id = (i: number) => `containerd://${"0".repeat(12)}${i.toString(16).padStart(52, "0")}`;
    const all = Array.from({ length: 600 }, (_, i) => [
      inPod(id(i), { app: "a" }),
      // Of the same id: what is said of it has changed.
      inPod(id(i), { app: "b" }),
      inPod(id(0), { app: `${i}` }),
      inPod(`${i}`, { app: "a" }),
    ]).flat();
    for (const line of [...all, ...all.toReversed()]) expect(check(line)).toBe(true);
  });

  test("takes a container of which much is said for what it is", () => {
    for (const length of [1, 1000, 4000, 4096, 5000, 20_000])
      for (const last of ["a", "b", "a"]) check(inPod("docker://1", { app: "x".repeat(length) + last }));
  });

  test("keeps names and values of labels whole, whichever has colons", () => {
    for (const labels of [{ "a:b": "c" }, { "a:": "b" }, { ":a": "b" }, { "a:b": "1", a: "2" }, { a: "b:c" }])
      expect(check(inPod("docker://1", labels))).toBe(true);
  });

  test("makes an attribute of a short id alone, and takes it apart where it has the name of a runtime", () => {
    for (const docker of ["f7e79d247f66639ce301fb8829f56d0", "a", "docker://abc", ":", 'a"b', "ä"])
      expect(check(lineIn({ docker }))).toBe(true);
  });

  test("leaves out hosts and clusters that the resource has, and no others", () => {
    const names = ["node-1", "prod", "node-2", "n", "a name of more than sixteen bytes"];
    for (const name of [...names, ...names])
      expect(check(lineIn({}, { node_name: name, cluster_name: name }))).toBe(true);
  });

  test("takes up times of any second, with any fraction", () => {
    const all = ["", ".1", ".000000001", ".123456789", ".999999999"].flatMap((fraction) =>
      ["2026-01-02T03:04:05", "2026-01-02T03:04:06", "2026-01-02T03:14:05", "2099-12-31T23:59:59"].map(
        (second) => `${second}${fraction}Z`,
      ),
    );
    const line = (time: string) =>
      JSON.stringify({ process_exec: { process: { exec_id: "bjE6MTox", pid: 7, binary: "/bin/sh" } }, time });
    expect([...all, ...all].filter((time) => !check(line(time)))).toEqual([]);
  });

  test("says how much room it needs", () => {
    const source = Buffer.from(`${REAL_LINES.find((each) => each.startsWith('{"process_exec"'))}\n`);
    const line = { start: 0, end: source.length, isWhole: true };
    const end = lines.write(source, line, target, 0);
    for (const room of [0, 1, end - 1]) {
      const small = Buffer.alloc(room);
      expect(lines.write(source, line, small, 0)).toBe(end);
    }
    expect(lines.write(source, line, Buffer.alloc(end), 0)).toBe(end);
  });
});
