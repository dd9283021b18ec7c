import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLicenses } from "../../src/install/licenses.ts";
import { runContainer } from "./container.ts";
import { missing, NOBODY, packedTetrad, run, runInRoot, SYSTEM_PATH, scratchDirectory } from "./support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const EVENTS_FILE = join(import.meta.dir, "../fixtures/tetragon-events.jsonl");
const EVENTS = readFileSync(EVENTS_FILE, "utf8").trimEnd().split("\n");
const PORT = 5140;

/**
 * A receiver and an agent, both `/tetrad` in the same read-only root, in namespaces of their own: the agent starts when
 * the receiver's port is open, which /proc/net/udp shows in hexadecimal.
 */
const EXCHANGE = `
  ip link set lo up
  mount --bind "$0" "$0"
  mount --bind "$1" "$0/tetrad"
  mount -o remount,bind,ro "$0"
  mount -t proc proc "$0/proc"
  mount -t proc proc /proc
  tetrad() { chroot --userspec=$USER_ID:$USER_ID "$0" /tetrad "$@"; }
  tetrad listen --port=${PORT} --output=raw --validate --count=$COUNT --for=30s > "$RECEIVED" &
  listener=$!
  tries=0
  until grep -qi ":${PORT.toString(16)} " /proc/net/udp; do
    tries=$((tries + 1))
    [ $tries -lt 1000 ]
    sleep 0.01
  done
  tetrad run --udp-output-enabled --udp-output-port=${PORT} --event-source=stdin < "$EVENTS"
  wait $listener`;

describe.skipIf(missing(["gcc", "unshare", "ip", "mount", "chroot"], { root: true }))(
  "tetrad in a root that holds it alone",
  () => {
    for (const user of [0, NOBODY]) {
      test(`user ${user} exports every event over UDP, agent_init first, to a receiver that finds nothing invalid`, () => {
        const root = mkdtempSync(join(scratchDirectory(), "exchange-"));
        const received = `${root}.received`;
        mkdirSync(join(root, "proc"));
        writeFileSync(join(root, "tetrad"), "");
        run(["chmod", "755", root], { PATH: SYSTEM_PATH });
        const ended = run(
          [
            "unshare",
            "--mount",
            "--pid",
            "--net",
            "--fork",
            "--kill-child",
            "sh",
            "-ec",
            EXCHANGE,
            root,
            packedTetrad(),
          ],
          {
            PATH: SYSTEM_PATH,
            USER_ID: String(user),
            COUNT: String(EVENTS.length + 1),
            RECEIVED: received,
            EVENTS: EVENTS_FILE,
          },
        );
        rmSync(root, { recursive: true });
        expect(ended).toMatchObject({ code: 0 });
        const [first, ...events] = readFileSync(received, "utf8").trimEnd().split("\n");
        expect(first).toContain('"agent_init"');
        expect(events).toEqual(EVENTS);
      });
    }

    test("metadata, version, licences, help and install --dry-run work", () => {
      for (const args of [
        ["metadata"],
        ["version"],
        ["version", "--licenses"],
        ["--help"],
        ["listen", "--help"],
        ["install", "--dry-run"],
      ]) {
        const { code, stdout, stderr } = runInRoot(packedTetrad(), args);
        expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
        expect(stdout).not.toBe("");
      }
    });
  },
);

/**
 * The sensor in a root that holds the executable, /proc and /sys, watching its own namespace of processes alone. Other
 * processes are started there until one of them has been seen.
 */
const SENSE = `
  mount --bind "$0" "$0"
  mount --bind "$1" "$0/tetrad"
  mount -o remount,bind,ro "$0"
  mount -t proc proc "$0/proc"
  mount -t sysfs -o ro sysfs "$0/sys"
  chroot "$0" /tetrad run --event-source=sensor --sensor-scope=pidns:1 --export-stdout --export-metadata > "$RECEIVED" &
  sensor=$!
  tries=0
  until grep -q '"process_exec".*"arguments":"version"' "$RECEIVED"; do
    tries=$((tries + 1))
    [ $tries -lt 300 ]
    chroot "$0" /tetrad version > /dev/null
    sleep 0.02
  done
  kill -TERM $sensor
  wait $sensor`;

/** Whether this tetrad has a sensor and this kernel lets it run; said aloud when not. */
function canSense(): boolean {
  if (missing(["gcc", "unshare", "mount", "chroot"], { root: true })) return false;
  const doctor = run([packedTetrad(), "doctor"], { PATH: SYSTEM_PATH });
  const isUsable = doctor.stdout.includes("The sensor can run here");
  if (!isUsable) console.warn(`SKIPPED: the sensor cannot run here: ${doctor.stdout}${doctor.stderr}`);
  return isUsable;
}

test.skipIf(!canSense())(
  "the sensor of tetrad runs in a root that holds it alone, and sees what starts there",
  () => {
    const root = mkdtempSync(join(scratchDirectory(), "sense-"));
    const received = `${root}.received`;
    for (const directory of ["proc", "sys"]) mkdirSync(join(root, directory));
    writeFileSync(join(root, "tetrad"), "");
    const namespaces = ["--mount", "--pid", "--net", "--fork", "--kill-child"];
    const command = ["unshare", ...namespaces, "sh", "-ec", SENSE, root, packedTetrad()];
    const ended = run(command, { PATH: SYSTEM_PATH, RECEIVED: received });
    rmSync(root, { recursive: true });
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain("Privileges dropped");
    const events = readFileSync(received, "utf8").trimEnd().split("\n");
    expect(events[0]).toContain('"agent_init"');
    const seen = events
      .slice(1)
      .map((line) => JSON.parse(line) as { process_exec?: { process: { binary: string } } });
    expect(seen.some((event) => event.process_exec?.process.binary === "/tetrad")).toBe(true);
  },
);

test.skipIf(missing(["gcc", "runc"], { root: true }))(
  "tetrad in a container of runc without a network still runs, and counts what it could not send",
  () => {
    const args = ["run", "--udp-output-enabled", "--event-source=stdin"];
    const { code, stderr } = runContainer(packedTetrad(), { args, user: NOBODY, input: EVENTS_FILE });
    expect(code).toBe(0);
    expect(stderr).toContain(`read=${EVENTS.length}`);
  },
);

test.skipIf(missing(["gcc"]))("tetrad carries the licences of all that is in it", () => {
  const licenses = readLicenses(packedTetrad()) ?? "";
  for (const part of ["Apache License", "GNU C Library", "JavaScriptCore", "valibot", "citty"]) {
    expect(licenses).toContain(part);
  }
  expect(licenses).toContain("GNU LESSER GENERAL PUBLIC LICENSE");
});
