import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeAr } from "../../scripts/deb/ar.ts";
import { writePackage } from "../../scripts/deb/package.ts";
import { missing, packedProbe, plainProbe, run, SYSTEM_PATH, scratchDirectory } from "../pack/support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const env = { PATH: SYSTEM_PATH };
const hasOverlay = readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n");
if (!hasOverlay) console.warn("SKIPPED: the test of the Debian package needs overlayfs");
const settings = {
  architecture: "amd64",
  version: "1.2.3",
  description: "A package for tests",
  created: 1_700_000_000,
} as const;

test("writeAr() refuses a name that its format has no room for", () => {
  const name = "n".repeat(16);
  expect(() => writeAr([{ name, content: new Uint8Array() }], 0)).toThrow(
    `Cannot archive "${name}": 16 characters, at most 15`,
  );
});

test("writePackage() refuses an executable that is not self-contained", () => {
  const executable = plainProbe();
  expect(() => writePackage({ ...settings, executable })).toThrow(
    `Cannot package "${executable}": it is not self-contained`,
  );
});

describe.skipIf(missing(["gcc", "dpkg-deb", "dpkg", "unshare"], { root: true }) || !hasOverlay)(
  "the Debian package",
  () => {
    const file = join(scratchDirectory(), "tetrad.deb");

    test("is the same bytes each time, and dpkg-deb reads it", () => {
      const make = () => writePackage({ ...settings, executable: packedProbe() });
      const bytes = make();
      expect(Buffer.compare(bytes, make())).toBe(0);
      writeFileSync(file, bytes);
      const fields = run(["dpkg-deb", "--field", file, "Package", "Version", "Architecture", "Depends"], env);
      expect(fields).toMatchObject({
        code: 0,
        stdout: "Package: tetrad\nVersion: 1.2.3\nArchitecture: amd64\n",
      });
      const names = run(["sh", "-c", `dpkg-deb --fsys-tarfile ${file} | tar -t`], env)
        .stdout.trim()
        .split("\n");
      expect(names.filter((name) => !name.endsWith("/"))).toEqual([
        "./usr/bin/tetrad",
        "./usr/lib/systemd/system/tetrad.service",
        "./usr/share/bash-completion/completions/tetrad",
        "./usr/share/fish/vendor_completions.d/tetrad.fish",
        "./usr/share/zsh/vendor-completions/_tetrad",
        "./usr/share/doc/tetrad/copyright",
        "./usr/share/doc/tetrad/tetragon.yaml",
      ]);
    });

    test("installs, runs, and is purged, but for a configuration that was changed", () => {
      const { code, stdout, stderr } = run(["unshare", "--mount", "sh", "-ec", LIFE_OF_A_PACKAGE, file], env);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout.split("\n").filter((line) => line.startsWith("= "))).toEqual([
        "= installed with the default configuration",
        "= all files as packed",
        "= runs",
        "= purged without a trace",
        "= a changed configuration stays",
      ]);
      expect(existsSync("/usr/share/doc/tetrad/tetragon.yaml")).toBe(false);
    });
  },
);

/** In an overlay over the host's file system, so that dpkg sees a whole Debian and the host sees nothing. */
const LIFE_OF_A_PACKAGE = `
  stage=$(mktemp -d)
  mount -t tmpfs tmpfs "$stage"
  mkdir "$stage/upper" "$stage/work" "$stage/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$stage/upper,workdir=$stage/work" "$stage/root"
  mount -t proc proc "$stage/root/proc"
  cp "$0" "$stage/root/tetrad.deb"
  in_root() { chroot "$stage/root" "$@"; }
  in_root dpkg --install /tetrad.deb
  in_root cmp /etc/tetragon/tetragon.yaml /usr/share/doc/tetrad/tetragon.yaml
  echo "= installed with the default configuration"
  in_root sh -c "cd / && md5sum --check --quiet /var/lib/dpkg/info/tetrad.md5sums"
  echo "= all files as packed"
  in_root /usr/bin/tetrad quiet > /dev/null
  echo "= runs"
  in_root dpkg --purge tetrad
  for path in /usr/bin/tetrad /etc/tetragon /usr/share/doc/tetrad /usr/lib/systemd/system/tetrad.service; do
    if [ -e "$stage/root$path" ]; then echo "left: $path" >&2; fi
  done
  echo "= purged without a trace"
  in_root dpkg --install /tetrad.deb
  echo "changed: true" > "$stage/root/etc/tetragon/tetragon.yaml"
  in_root dpkg --purge tetrad
  [ "$(cat "$stage/root/etc/tetragon/tetragon.yaml")" = "changed: true" ]
  echo "= a changed configuration stays"
  umount "$stage/root/proc" "$stage/root" "$stage"
  rmdir "$stage"`;
