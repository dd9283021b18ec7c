import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DropSettings } from "../../src/os/drop-privileges.ts";

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: tests of dropping privileges need root");

const NOBODY = 65534;
const directory = mkdtempSync(join(tmpdir(), "tetrad-drop-"));
chmodSync(directory, 0o755);
const secret = join(directory, "secret");
writeFileSync(secret, "of another user", { mode: 0o600 });
afterAll(() => rmSync(directory, { recursive: true }));

interface Shown {
  effective: string;
  permitted: string;
  inheritable: string;
  bounding: string;
  ambient: string;
  noNewPrivileges: boolean;
  users: number[];
  groups: number[];
}
interface Result {
  left: Shown;
  threads: Shown[];
  child: string;
  readsSecret: boolean;
}

/** Runs the child with `settings`, as root or by `prefix` as somebody else. */
function drop(settings: DropSettings, prefix: string[] = []): Result {
  const command = [
    ...prefix,
    process.execPath,
    join(import.meta.dir, "drop-child.ts"),
    JSON.stringify(settings),
    secret,
  ];
  const ended = Bun.spawnSync(command, { stdin: "ignore" });
  if (ended.exitCode !== 0) throw new Error(ended.stderr.toString());
  return JSON.parse(ended.stdout.toString()) as Result;
}

const NOTHING = {
  effective: "0",
  permitted: "0",
  inheritable: "0",
  bounding: "0",
  ambient: "0",
  noNewPrivileges: true,
};

describe.skipIf(!isRoot)("dropPrivileges()", () => {
  test("takes every capability from every thread, and children get none either", () => {
    const { left, threads, child } = drop({});
    expect(left).toMatchObject({ ...NOTHING, users: [0] });
    expect(threads.length).toBeGreaterThan(3);
    for (const thread of threads) expect(thread).toMatchObject(NOTHING);
    for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"])
      expect(child).toContain(`Cap${set}:\t0000000000000000`);
    expect(child).toContain("NoNewPrivs:\t1");
  });

  test("changes the user on every thread, and what only root may read is out of reach", () => {
    const { threads, readsSecret } = drop({ user: { uid: NOBODY, gid: NOBODY } });
    for (const thread of threads) {
      expect(thread).toMatchObject({ ...NOTHING, users: [NOBODY, NOBODY, NOBODY, NOBODY] });
      expect(thread.groups).toEqual([NOBODY, NOBODY, NOBODY, NOBODY]);
    }
    expect(readsSecret).toBe(false);
  });

  test("keeps a capability across the change of user, usable, but not for children", () => {
    const { left, threads, child, readsSecret } = drop({
      keep: ["CAP_DAC_READ_SEARCH"],
      user: { uid: NOBODY, gid: NOBODY },
    });
    for (const seen of [left, ...threads]) {
      expect(seen).toMatchObject({
        effective: "4",
        permitted: "4",
        inheritable: "0",
        bounding: "4",
        ambient: "0",
      });
    }
    expect(readsSecret).toBe(true);
    expect(child).toContain("CapEff:\t0000000000000000");
  });

  test("never grants what the process had not", () => {
    const setpriv = [
      "setpriv",
      "--bounding-set=-all",
      "--inh-caps=-all",
      `--reuid=${NOBODY}`,
      "--clear-groups",
    ];
    const { left } = drop({ keep: ["CAP_BPF", "CAP_SYS_ADMIN"] }, setpriv);
    expect(left).toMatchObject({ effective: "0", permitted: "0", noNewPrivileges: true, users: [NOBODY] });
  });

  test("takes ambient capabilities, as systemd grants them, from a process without root", () => {
    const caps = "+dac_read_search,+sys_ptrace";
    const setpriv = [
      "setpriv",
      `--reuid=${NOBODY}`,
      "--clear-groups",
      `--inh-caps=${caps}`,
      `--ambient-caps=${caps}`,
    ];
    const { left, child, readsSecret } = drop({ keep: ["CAP_DAC_READ_SEARCH"] }, setpriv);
    expect(left).toMatchObject({ effective: "4", permitted: "4", inheritable: "0", ambient: "0" });
    expect(readsSecret).toBe(true);
    expect(child).toContain("CapEff:\t0000000000000000");
  });

  test("leaves no signal behind that ends the process, however late a thread takes it", async () => {
    const command = ["setpriv", `--reuid=${NOBODY}`, "--clear-groups", process.execPath];
    const args = [
      join(import.meta.dir, "drop-child.ts"),
      JSON.stringify({ user: { uid: 1, gid: 1 } }),
      secret,
    ];
    // Several at once, so that threads have to wait for their turn.
    for (let round = 0; round < 5; round++) {
      const children = [1, 2, 3].map(() =>
        Bun.spawn([...command, ...args], { stdio: ["ignore", "ignore", "ignore"] }),
      );
      for (const child of children) {
        await child.exited;
        expect([child.exitCode, child.signalCode]).toEqual([1, null]);
      }
    }
  });

  test("says what is missing when the user cannot be changed", () => {
    const setpriv = ["setpriv", `--reuid=${NOBODY}`, "--clear-groups"];
    expect(() => drop({ user: { uid: 1, gid: 1 } }, setpriv)).toThrow(
      "Cannot change to user 1, group 1: setgroups: EPERM, needs root or CAP_SETUID and CAP_SETGID",
    );
  });
});
