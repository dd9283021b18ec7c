import { describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { bareMessage, codeOrText, errorCode, errorMessage, isMissing } from "../../src/os/caught.ts";

function caught(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const missing = caught(() => statSync("/no/such/file"));
const notDirectory = caught(() => statSync("/proc/version/file"));

describe("caught values", () => {
  test("errorMessage() takes whatever was thrown", () => {
    expect(errorMessage(new TypeError("no number"))).toBe("no number");
    expect(errorMessage("just text")).toBe("just text");
    expect(errorMessage(undefined)).toBe("undefined");
  });

  test("bareMessage() leaves out the call and its path, which the message around it names", () => {
    const read = (path: string) => {
      try {
        return readFileSync(path, "utf8");
      } catch (error) {
        return bareMessage(error);
      }
    };
    expect(read("/nowhere, open 'x'")).toBe("ENOENT: no such file or directory");
    expect(read("/proc")).toBe("EISDIR: illegal operation on a directory");
    expect(bareMessage(new Error("no call, open"))).toBe("no call, open");
  });

  test("errorCode() is the name of a failed system call, and nothing for other errors", () => {
    expect(errorCode(missing)).toBe("ENOENT");
    expect(errorCode(notDirectory)).toBe("ENOTDIR");
    expect(errorCode(new Error("no code"))).toBeUndefined();
    expect(errorCode({ code: "ENOENT" })).toBeUndefined();
    expect(errorCode(null)).toBeUndefined();
  });

  test("codeOrText() falls back to the whole error", () => {
    expect(codeOrText(missing)).toBe("ENOENT");
    expect(codeOrText(new RangeError("too long"))).toBe("RangeError: too long");
    expect(codeOrText(7)).toBe("7");
  });

  test("isMissing() is about what is not there, and not about what may not be seen", () => {
    expect(isMissing(missing)).toBe(true);
    expect(isMissing(notDirectory)).toBe(true);
    expect(isMissing(Object.assign(new Error("gone"), { code: "ESRCH" }))).toBe(true);
    expect(isMissing(Object.assign(new Error("denied"), { code: "EACCES" }))).toBe(false);
    expect(isMissing(undefined)).toBe(false);
  });
});
