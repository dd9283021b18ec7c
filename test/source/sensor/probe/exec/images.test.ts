import { describe, expect, test } from "bun:test";
import type { RecordValues } from "../../../../../scripts/bench/encode-record.ts";
import { ExecImages } from "../../../../../src/source/sensor/probe/exec/images.ts";
import { execRecord } from "../../../../../src/source/sensor/probe/exec/record.ts";
import { Metadata } from "../../../../../src/source/sensor/process/metadata.ts";
import { placeRecord } from "../../made-up.ts";

const settings = { nodeName: "node" };
const PROGRAM = { filename: "/bin/prog", cwd: "/\0", arguments: "one\0", arguments_size: 4 };

function record(values: RecordValues) {
  return placeRecord(execRecord, { ...PROGRAM, ...values });
}

function createImages(): ExecImages {
  return new ExecImages(new Metadata(settings, "/nonexistent"), false);
}

describe("ExecImages", () => {
  test("a program that was executed in the same way has the same image, whichever process it is", () => {
    const images = createImages();
    const first = images.of(record({ pid: 1, time: 1n, start_time: 2n, parent_pid: 3, ns_pid: 4 }));
    expect(images.of(record({ pid: 9, time: 8n, start_time: 7n, parent_pid: 6, ns_pid: 5 }))).toBe(first);
  });

  for (const [what, values] of [
    ["name", { filename: "/bin/prof" }],
    ["user", { euid: 1 }],
    ["directory", { cwd: "x\0" }],
    ["last argument", { arguments: "onf\0" }],
    ["length of what was cut", { arguments_size: 10 }],
    ["border between name and directory", { filename: "/bin/pro", cwd: "g/\0" }],
  ] as const) {
    test(`another ${what} makes another image`, () => {
      const images = createImages();
      const first = images.of(record({}));
      const second = images.of(record(values));
      expect(second).not.toBe(first);
      expect(second).not.toEqual(first);
      expect(images.of(record({}))).toEqual(first);
    });
  }

  test("clear() has what records mean looked up again", () => {
    const images = createImages();
    const first = images.of(record({}));
    images.clear();
    const second = images.of(record({}));
    expect(second).not.toBe(first);
    expect(second).toEqual(first);
  });

  test("what is remembered is bounded, and right however many programs there are", () => {
    const images = createImages();
    const argument = "x".repeat(8000);
    const first = images.of(record({ arguments: `${argument}\0`, arguments_size: 8001 }));
    for (let i = 1; i < 200; i++) {
      const { program } = images.of(record({ arguments: `${argument}${i}\0`, arguments_size: 9000 })).text;
      expect(new TextDecoder().decode(program)).toContain(`"${argument}${i}"`);
    }
    expect(images.of(record({ arguments: `${argument}\0`, arguments_size: 8001 }))).not.toBe(first);
  });
});
