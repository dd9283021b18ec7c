import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { Descriptor, disposeAll } from "../../src/os/descriptor.ts";
import { pollReadable } from "../../src/os/poll.ts";

const open = () => new Descriptor(openSync("/dev/null", "r"));

describe("Descriptor", () => {
  test("closes once, and cannot be used after that", () => {
    const descriptor = open();
    const { fd } = descriptor;
    descriptor[Symbol.dispose]();
    expect(descriptor.isClosed).toBe(true);
    expect(() => closeSync(fd)).toThrow("EBADF");
    descriptor[Symbol.dispose]();
    expect(() => descriptor.fd).toThrow(new RangeError("Cannot use a descriptor: it is closed"));
  });
});

describe("disposeAll()", () => {
  test("goes on where one fails, and says so at the end", () => {
    const [first, second] = [open(), open()];
    closeSync(first.fd);
    expect(() => disposeAll([first, second])).toThrow("EBADF");
    expect(second.isClosed).toBe(true);
  });
});

describe("pollReadable()", () => {
  test("names those that can be read, and none where there is none", () => {
    using descriptor = open();
    expect(pollReadable([descriptor.fd], 0)).toEqual([descriptor.fd]);
    expect(pollReadable([], 0)).toEqual([]);
  });
});
