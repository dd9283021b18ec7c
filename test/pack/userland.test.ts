import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, NOBODY, packedProbe, plainProbe, report, run, runInRoot, SYSTEM_PATH } from "./support.ts";

const root = join(import.meta.dir, "../..");
const userlands = join(root, ".tmp/userland");
const LIMIT_MS = 300_000;
setDefaultTimeout(LIMIT_MS);

/** Makes the roots; `false`, said aloud, when that cannot be done here. */
function makeUserlands(): boolean {
  if (missing(["gcc", "unshare", "ip", "debootstrap", "musl-gcc"], { root: true })) return false;
  const made = Bun.spawnSync([join(import.meta.dir, "userland/make.sh")], {
    env: { PATH: SYSTEM_PATH },
    stderr: "pipe",
    timeout: LIMIT_MS,
  });
  if (made.exitCode !== 0) console.warn(`SKIPPED: cannot make old userlands: ${made.stderr.toString()}`);
  return made.exitCode === 0;
}

const ready = makeUserlands();

describe.skipIf(!ready)("on Debian's oldest userland", () => {
  const bullseye = join(userlands, "bullseye");

  for (const user of [0, NOBODY]) {
    test(`user ${user} starts it with the libraries it carries, and children with those of the host`, () => {
      const outer = report(
        runInRoot(packedProbe(), ["all", "/bin/cat", "/proc/self/maps"], { userland: bullseye, user }),
      );
      expect(outer.received).toBe("datagram");
      expect(outer.maps.join("\n")).toContain("/memfd:libc.so.6");
      expect(outer.maps.join("\n")).not.toContain("/usr/lib/");
      expect(outer.child).toContain("/libc-2.31.so");
      expect(outer.child).not.toContain("memfd");
    });
  }

  test("looks names up although nsswitch.conf names modules that the host has for its own libc", () => {
    writeFileSync(join(bullseye, "etc/nsswitch.conf"), "hosts: hesiod compat files\n");
    writeFileSync(join(bullseye, "etc/hosts"), "192.0.2.7 collector\n");
    const modules = readdirSync(join(bullseye, "lib/x86_64-linux-gnu"));
    expect(modules).toContain("libnss_hesiod.so.2");
    const { code, stdout } = runInRoot(packedProbe(), ["resolve", "collector"], { userland: bullseye });
    expect({ code, found: stdout.includes('"192.0.2.7"') }).toEqual({ code: 0, found: true });
  });
});

describe.skipIf(!ready)("on a userland of musl", () => {
  const musl = join(userlands, "musl");

  test("it starts, the plain executable does not, and children of musl see a clean environment", () => {
    expect(readdirSync(join(musl, "lib")).every((name) => name.startsWith("ld-musl-"))).toBe(true);
    const seen = report(runInRoot(packedProbe(), ["all", "/bin/child"], { userland: musl }));
    expect(seen.received).toBe("datagram");
    expect(seen.child).toContain("libc=musl\n");
    expect(seen.child).not.toContain("LD_");
    expect(runInRoot(plainProbe(), ["quiet"], { userland: musl }).code).toBe(127);
  });
});

test.skipIf(missing(["gcc", "qemu-aarch64-static", "aarch64-linux-gnu-gcc"]))(
  "for arm64 it starts under qemu-user, without arm64 libraries on the host",
  () => {
    const plain = run(["qemu-aarch64-static", plainProbe("bun-linux-arm64")], { PATH: SYSTEM_PATH });
    expect(plain.stderr).toContain("ld-linux-aarch64.so.1");
    const seen = report(run(["qemu-aarch64-static", packedProbe("bun-linux-arm64")], { PATH: SYSTEM_PATH }));
    expect(seen.execPath).toBe(packedProbe("bun-linux-arm64"));
    expect(seen.received).toBe("datagram");
    expect(seen.maps.join("\n")).toContain("/memfd:ld-linux-aarch64.so.1");
    expect(seen.environment.split("\0").filter((variable) => variable.startsWith("LD_"))).toEqual([]);
  },
);
