import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sendToUnixSocket } from "../../src/os/notify-socket.ts";
import { UnixReceiver } from "./unix-receiver.ts";

test("sendToUnixSocket() reaches a socket in the file system", () => {
  const directory = mkdtempSync(join(tmpdir(), "tetrad-notify-"));
  try {
    const path = join(directory, "notify");
    using receiver = new UnixReceiver(path);
    expect(sendToUnixSocket(path, "READY=1\nSTATUS=gr\u00fc\u00dfe")).toBe(true);
    expect(receiver.receive()).toBe("READY=1\nSTATUS=gr\u00fc\u00dfe");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("sendToUnixSocket() reaches an abstract address", () => {
  const path = `@tetrad-test-${process.pid}`;
  using receiver = new UnixReceiver(path);
  expect(sendToUnixSocket(path, "WATCHDOG=1")).toBe(true);
  expect(receiver.receive()).toBe("WATCHDOG=1");
});

test("sendToUnixSocket() says no where nobody listens or the path is none", () => {
  for (const path of [
    "/nonexistent/notify",
    `@tetrad-nobody-${process.pid}`,
    "relative",
    "",
    "@",
    "vsock:2:1",
    `/${"p".repeat(200)}`,
  ]) {
    expect(sendToUnixSocket(path, "READY=1")).toBe(false);
  }
});
