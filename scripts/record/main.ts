/**
 * Records `docs/images/session.svg`, the picture of the README: `bun scripts/record/main.ts`, as root, after a build.
 *
 * Two shells in two terminals run the real `dist/tetrad`: one receives, the other is watched by the sensor. The times of
 * the picture are made up, everything else is what the programs wrote. What would make two recordings differ without
 * being looked at is taken out of the way: the host is named `web-1`, and the sensor watches only a cgroup of the
 * recording's own.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { renderSvg } from "./svg.ts";
import { Clock, RecordedShell } from "./terminal.ts";

const root = join(import.meta.dir, "../..");
const COLUMNS = 116;
const PORT = 5140;
const COMMANDS = ["whoami", "head -n 1 /etc/shadow", "curl -s 'http://127.0.0.1:1/?id=1'"];
/** `agent_init`, the shell and the agent that run already, and the execution and the exit of each command. */
const DATAGRAMS = 3 + 2 * COMMANDS.length;

/** Where version 2 of cgroups is mounted. */
function cgroupRoot(): string {
  const mount = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, , type]) => type === "cgroup2");
  if (mount?.[1] === undefined) throw new Error("Cannot record: cgroup v2 is not mounted");
  return mount[1];
}

/**
 * Commands before the recording: names the host, and puts the executable where an installed one is; both are undone with
 * the name spaces that the shell runs in.
 */
const HOST_SETUP = [
  "hostname web-1",
  "mount -t tmpfs none /usr/local/bin",
  "touch /usr/local/bin/tetrad",
  `mount --bind ${root}/dist/tetrad /usr/local/bin/tetrad`,
  "hash -r",
];

async function record(cgroup: string): Promise<string> {
  const clock = new Clock();
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", HOME: cgroup };
  const receiver = new RecordedShell({
    clock,
    columns: COLUMNS,
    prompt: "$ ",
    env,
    prefix: ["unshare", "--mount"],
  });
  const host = new RecordedShell({
    clock,
    columns: COLUMNS,
    prompt: "# ",
    env: { ...env, TETRAGON_SENSOR_SCOPE: `cgroup:${basename(cgroup)}` },
    prefix: ["unshare", "--mount", "--uts"],
  });
  try {
    await receiver.prepare(HOST_SETUP.slice(1));
    await host.prepare(HOST_SETUP);
    writeFileSync(join(cgroup, "cgroup.procs"), String(host.process.pid));
    await receiver.type(`tetrad listen --port=${PORT} --count=${DATAGRAMS}`);
    await receiver.shows("Listening on");
    await host.type(
      `tetrad --event-source=sensor --udp-output-enabled --udp-output-port=${PORT} --log-level=warn &`,
    );
    // The shell runs already: that it is seen says that the sensor works.
    await receiver.shows(/process_exec.*bash/);
    for (const command of COMMANDS) {
      await host.type(command);
      await receiver.shows(new RegExp(`process_exit.*${command.split(" ")[0]}`));
    }
    await receiver.shows(/received +\d+ datagrams/);
    return renderSvg({
      description:
        "Two terminals. In the first, tetrad listen prints an agent_init event and then the executions and exits that an agent reports from the host in the second.",
      columns: COLUMNS,
      windows: [
        { title: "collector", rows: receiver.rows() },
        { title: "web-1", rows: host.rows() },
      ],
    });
  } finally {
    await host.close();
    await receiver.close();
  }
}

/** Ends what still runs in the cgroup, such as the agent, and removes it. */
async function removeCgroup(cgroup: string): Promise<void> {
  writeFileSync(join(cgroup, "cgroup.kill"), "1");
  while (readFileSync(join(cgroup, "cgroup.procs"), "utf8") !== "") await Bun.sleep(20);
  rmdirSync(cgroup);
}

const cgroup = join(cgroupRoot(), `tetrad-record-${process.pid}`);
mkdirSync(cgroup);
try {
  const svg = await record(cgroup);
  mkdirSync(join(root, "docs/images"), { recursive: true });
  writeFileSync(join(root, "docs/images/session.svg"), svg);
  console.log("docs/images/session.svg");
} finally {
  await removeCgroup(cgroup);
}
