import { expect, test } from "bun:test";
import { connectServiceManager } from "../../src/agent/service-manager.ts";
import { sendToUnixSocket } from "../../src/os/notify-socket.ts";
import { UnixReceiver } from "../os/unix-receiver.ts";

let addresses = 0;
const address = () => `@tetrad-manager-${process.pid}-${++addresses}`;

/** Waits for the next datagram, at most five seconds. */
async function next(receiver: UnixReceiver): Promise<string | undefined> {
  for (let tries = 0; tries < 1000; tries++) {
    const text = receiver.receive();
    if (text !== undefined) return text;
    await Bun.sleep(5);
  }
  return undefined;
}

test("connectServiceManager() notifies systemd of start, reload and stop, in its words", () => {
  const path = address();
  using receiver = new UnixReceiver(path);
  const manager = connectServiceManager({ NOTIFY_SOCKET: path });
  manager.ready("Exporting to udp");
  expect(receiver.receive()).toBe("READY=1\nSTATUS=Exporting to udp");
  manager.reloading();
  expect(receiver.receive()).toBe("RELOADING=1");
  manager.stopping();
  expect(receiver.receive()).toBe("STOPPING=1");
  manager.close();
  expect(receiver.receive()).toBeUndefined();
});

test("connectServiceManager() says nothing else once the agent stops, whatever a reload under way comes to", () => {
  const path = address();
  using receiver = new UnixReceiver(path);
  const manager = connectServiceManager({ NOTIFY_SOCKET: path });
  manager.ready("Running");
  manager.reloading();
  manager.stopping();
  manager.ready("Running");
  manager.reloading();
  expect(receiver.receive()).toStartWith("READY=1");
  expect(receiver.receive()).toBe("RELOADING=1");
  expect(receiver.receive()).toBe("STOPPING=1");
  expect(receiver.receive()).toBeUndefined();
  manager.close();
});

test("connectServiceManager() says again what found the socket full, in order, until it is taken", async () => {
  const path = address();
  using receiver = new UnixReceiver(path);
  let filled = 0;
  while (sendToUnixSocket(path, "another service")) filled++;
  const manager = connectServiceManager({ NOTIFY_SOCKET: path });
  manager.ready("Running");
  manager.reloading();
  for (let i = 0; i < filled; i++) expect(receiver.receive()).toBe("another service");
  expect(await next(receiver)).toBe("READY=1\nSTATUS=Running");
  expect(await next(receiver)).toBe("RELOADING=1");
  manager.close();
});

test("connectServiceManager() feeds the watchdog from ready() to close(), on while stopping", async () => {
  const path = address();
  using receiver = new UnixReceiver(path);
  const manager = connectServiceManager({
    NOTIFY_SOCKET: path,
    WATCHDOG_USEC: "20000",
    WATCHDOG_PID: String(process.pid),
  });
  expect(receiver.receive()).toBeUndefined();
  manager.ready("running");
  manager.stopping();
  receiver.receive();
  receiver.receive();
  expect(await next(receiver)).toBe("WATCHDOG=1");
  expect(await next(receiver)).toBe("WATCHDOG=1");
  manager.close();
  manager.close();
});

test("connectServiceManager() leaves the watchdog of another process alone", async () => {
  const path = address();
  using receiver = new UnixReceiver(path);
  const manager = connectServiceManager({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" });
  manager.ready("running");
  expect(receiver.receive()).toStartWith("READY=1");
  await Bun.sleep(20);
  expect(receiver.receive()).toBeUndefined();
  manager.close();
});

test("connectServiceManager() takes its variables away, so that children do not see them", () => {
  const env = { NOTIFY_SOCKET: "/nowhere", WATCHDOG_USEC: "1000", WATCHDOG_PID: "1", HOME: "/" };
  const manager = connectServiceManager(env);
  expect(env as Record<string, string>).toEqual({ HOME: "/" });
  manager.ready("nobody hears it");
  manager.close();
});

test("connectServiceManager() does nothing where no service manager is", () => {
  const manager = connectServiceManager({});
  manager.ready("running");
  manager.reloading();
  manager.stopping();
  manager.close();
});
