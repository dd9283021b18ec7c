/**
 * The program that the tests of the packer compile and pack: it uses what the agent uses (libc by FFI, a UDP
 * socket, child processes) and prints what it sees as one JSON document.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { openLibc } from "../../src/os/libc.ts";

/** What the probe prints. */
export interface ProbeReport {
  readonly pidAgrees: boolean;
  readonly execPath: string;
  readonly stack: string;
  readonly environment: string;
  readonly preload: string | undefined;
  readonly descriptors: string[];
  readonly received: string | undefined;
  readonly maps: string[];
  /** AT_ENTRY of the auxiliary vector: the program's entry point. */
  readonly entry: number;
  readonly child: string | undefined;
}

/** getauxval(3), linux/auxvec.h. */
const AT_ENTRY = 9;
const libc = openLibc({
  getpid: { args: [], returns: "i32" },
  getauxval: { args: ["u64"], returns: "u64" },
});

/** Descriptors of this process without those that differ from run to run. */
function descriptors(): string[] {
  const found: string[] = [];
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      found.push(readlinkSync(`/proc/self/fd/${fd}`).replace(/\d{3,}/g, "N"));
    } catch {
      // The descriptor of the listing itself.
    }
  }
  return found.sort();
}

async function exchange(): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const receiver = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: { data: (_socket, data) => resolve(data.toString()) },
  });
  const sender = await Bun.udpSocket({});
  sender.send("datagram", receiver.port, "127.0.0.1");
  const timeout = setTimeout(() => resolve(undefined), 5000);
  const received = await promise;
  clearTimeout(timeout);
  sender.close();
  receiver.close();
  return received;
}

function runChild(command: string[]): string {
  const child = Bun.spawnSync(command, { stdio: ["inherit", "pipe", "inherit"] });
  return child.stdout.toString();
}

const [mode, ...command] = process.argv.slice(2);
if (mode === "sleep") {
  console.log("ready");
  setInterval(() => {}, 60_000);
} else if (mode === "status") {
  console.log(readFileSync("/proc/self/status", "utf8"));
} else if (mode === "environment") {
  console.log(JSON.stringify(process.env));
} else if (mode === "resolve") {
  console.log(JSON.stringify(await Bun.dns.lookup(command[0] ?? "localhost", { backend: "libc" })));
} else {
  const report: ProbeReport = {
    pidAgrees: libc.getpid() === process.pid,
    execPath: process.execPath,
    stack: new Error("trace").stack ?? "",
    environment: readFileSync("/proc/self/environ", "utf8"),
    preload: process.env.LD_PRELOAD,
    descriptors: descriptors(),
    received: mode === "quiet" ? undefined : await exchange(),
    maps: readFileSync("/proc/self/maps", "utf8").trim().split("\n"),
    entry: Number(libc.getauxval(AT_ENTRY)),
    child: command.length > 0 ? runChild(command) : undefined,
  };
  console.log(JSON.stringify(report));
}
