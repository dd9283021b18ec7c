/** GELF messages in chunks across networks that do not take all of them. */
import { afterEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { came, eventOf, flags, listen, makeCable } from "./cable.ts";
import { cleanUp, startTetrad, totalsIn, until } from "./harness.ts";
import { CAN_UNSHARE } from "./namespace.ts";

afterEach(cleanUp);

const FORMAT = ["--udp-format=gelf", "--udp-max-datagram-size=1420"];
/** Offset of a chunk's number in a datagram: behind the header of UDP, the magic bytes and the id. Bits. */
const NUMBER = (8 + 2 + 8) * 8;

/** An event with so many bytes of arguments. */
function large(bytes: number): string {
  const text = randomBytes(bytes / 2).toString("hex");
  return JSON.stringify({ process_exec: { process: { pid: 1, arguments: text } } });
}

/** Has the kernel refuse a chunk with this number, as a firewall of the host does. */
const refuse = (number: number) => `
  nft add table ip t
  nft add chain ip t out '{ type filter hook output priority 0; }'
  nft add rule ip t out udp dport 5140 @th,64,16 0x1e0f @th,${NUMBER},8 ${number} drop`;

describe.skipIf(!CAN_UNSHARE || Bun.which("nft") === null)("GELF in chunks", () => {
  test.each([0, 3, 7])(
    "the kernel refuses chunk %i: the event counts as dropped, the chunks behind it are not sent, and later events leave",
    async (number) => {
      const { here, there } = await makeCable();
      here.shell(refuse(number));
      const listener = await listen(there);
      // Eight chunks each.
      const [first, second] = [large(10_000), large(10_000)];
      const [before, behind] = [eventOf(300), eventOf(301)];
      const input = `${[before, first, second, behind].join("\n")}\n`;
      const agent = startTetrad(flags(...FORMAT, "--udp-when-full=drop"), { prefix: here.prefix });
      agent.process.stdin.write(input);
      agent.process.stdin.end();
      expect(await agent.exit()).toBe(0);
      expect(totalsIn(agent.log())).toMatchObject({ read: 4, udp_exported: 2, udp_send_failed: 2 });
      await until(() => came(listener).length === 3, "what is not in chunks");
      listener.process.kill("SIGTERM");
      expect(await listener.exit()).toBe(0);
      expect(came(listener).slice(1)).toEqual([before, behind]);
      const incomplete = /^incomplete +(\d+) GELF messages/m.exec(listener.log())?.[1];
      expect(incomplete).toBe(number === 0 ? undefined : "2");
    },
  );

  test("a socket buffer that is smaller than a message: its chunks follow each other as there is room, and it is whole", async () => {
    const { here, there } = await makeCable();
    here.shell("tc qdisc add dev tetrad0 root tbf rate 40mbit burst 16kb limit 64mb");
    const listener = await listen(there);
    const lines = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? large(100_000) : eventOf(300 + i)));
    const agent = startTetrad(flags(...FORMAT, "--udp-buffer-size=4096", "--metadata-interval=1h"), {
      prefix: here.prefix,
    });
    agent.process.stdin.write(`${lines.join("\n")}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: lines.length, udp_send_failed: 0 });
    await until(() => came(listener).length === lines.length + 1 + 3, "all events, and the last metadata");
    listener.process.kill("SIGTERM");
    expect(await listener.exit()).toBe(0);
    expect(came(listener).slice(1, -3)).toEqual(lines);
    expect(listener.log()).not.toContain("incomplete ");
    // What was sent is what came: each chunk left once, and was counted.
    expect(listener.log()).toMatch(/loss +.* 0 of \d+/);
  });
});
