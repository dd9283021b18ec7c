import { afterEach, expect, test } from "bun:test";
import { cleanUp, startTetrad, totalsIn, until } from "./harness.ts";
import { CAN_UNSHARE, makeNamespace } from "./namespace.ts";

afterEach(cleanUp);

/** Datagrams that are sent: 1,000,000 in `npm run acceptance -- loss`. */
const DATAGRAMS = Number(process.env.TETRAD_TEST_DATAGRAMS ?? 100_000);
const CHUNK = 20_000;
/** All of a chunk have as many digits. */
const FIRST_PID = 10_000;
/** No two lines after each other have one length: the kernel's filters see datagrams that leave together as one packet. */
const LINES = Array.from(
  { length: CHUNK },
  (_, i) =>
    `{"process_exec":{"process":{"exec_id":"bjo","pid":${FIRST_PID + i},"binary":"/bin/${"x".repeat(i % 2)}"}}}\n`,
).join("");
const PORT = 5140;
/** Of the last metadata event. */
const COPIES = 3;

const HAS_NFT = Bun.which("nft") !== null;
if (!HAS_NFT)
  console.warn("SKIPPED: loss in the network is not counted: nft is missing (scripts/ci/peers.sh)");

interface Report {
  readonly type: string;
  readonly datagrams: number;
  readonly overflowed: number;
  readonly agents: readonly {
    sent: number;
    received: number;
    lost: number;
    surplus: number;
    state: string;
  }[];
}

test.skipIf(!CAN_UNSHARE || !HAS_NFT)(
  "what listen says was lost is what the network dropped, to the datagram",
  async () => {
    const namespace = await makeNamespace();
    namespace.shell(`nft add table inet lossy
      nft add chain inet lossy input '{ type filter hook input priority 0; }'
      nft add counter inet lossy dropped`);
    const listener = startTetrad(
      ["listen", `--port=${PORT}`, "--json", "--buffer-size=64M", "--stats-interval=100ms"],
      {
        prefix: namespace.prefix,
      },
    );
    await listener.logged("Listening on ");
    const agent = startTetrad(
      [
        "--udp-output-enabled",
        `--udp-output-port=${PORT}`,
        "--metadata-interval=100ms",
        "--event-source=stdin",
      ],
      { prefix: namespace.prefix },
    );
    /** Datagrams that reached the listener's socket, also those for which it had no room. */
    const came = () => {
      const [, read = 0, overflowed = 0] =
        /.*"datagrams":(\d+).*?"overflowed":(\d+)/s.exec(listener.stdout()) ?? [];
      return Number(read) + Number(overflowed);
    };
    // What is sent before the listener knows who speaks is nobody's loss.
    await until(() => came() > 0, "the first metadata event");
    namespace.shell(
      `nft add rule inet lossy input udp dport ${PORT} numgen random mod 100 '<' 1 counter name dropped drop`,
    );
    for (let written = 0; written < DATAGRAMS; written += CHUNK) {
      // No faster than they are taken, so that the last ones find room in the receive buffer.
      await until(
        () => came() > (written - CHUNK) * 0.9,
        () => `${written} datagrams, ${came()} came`,
      );
      agent.process.stdin.write(LINES);
      await agent.process.stdin.flush();
    }
    await until(() => came() > (DATAGRAMS - CHUNK) * 0.9, "the last events");
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: DATAGRAMS, udp_send_failed: 0 });
    const counter = Bun.spawnSync([
      ...namespace.prefix,
      ...["nft", "-j", "list", "counter", "inet", "lossy", "dropped"],
    ]);
    const dropped: number = JSON.parse(counter.stdout.toString()).nftables.at(-1).counter.packets;
    const reports = (): Report[] =>
      listener
        .stdout()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    // Of three copies one comes but for one time in a million.
    await until(
      () => {
        const last = reports().findLast(({ type }) => type === "statistics");
        const [of] = last?.agents ?? [];
        return of?.state === "stopped" && last!.datagrams === of.sent + COPIES - dropped - last!.overflowed;
      },
      () =>
        `all that was not dropped: dropped ${dropped}, ${JSON.stringify(reports().findLast(({ type }) => type === "statistics"))}`,
    );
    listener.process.kill("SIGINT");
    expect(await listener.exit()).toBe(0);
    const report = reports().at(-1)!;
    expect(report.agents).toHaveLength(1);
    const { sent, received, lost, surplus } = report.agents[0]!;
    const copiesReceived = report.datagrams - received;
    expect({ type: report.type, surplus, lost }).toEqual({
      type: "summary",
      surplus: 0,
      lost: dropped + report.overflowed - (COPIES - copiesReceived),
    });
    expect(sent).toBe(received + lost);
    expect(sent).toBeGreaterThan(DATAGRAMS);
    expect(dropped).toBeGreaterThan(DATAGRAMS / 200);
  },
  300_000,
);
