import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTrustedFile } from "../../src/config/trust.ts";
import { TemporaryRoot } from "./temporary.ts";

const isRoot = process.geteuid?.() === 0;
const STRANGER = 65534;
const WRITABLE = "expected nobody but its owner to be able to write it (chmod go-w)";

describe("readTrustedFile()", () => {
  test("reads a file that only its owner may write", () => {
    using root = new TemporaryRoot();
    expect(readTrustedFile(root.write("conf/a", "text\n"))).toEqual({ text: "text\n" });
  });

  test("has no text for a file that is not there, be it a directory on the way", () => {
    using root = new TemporaryRoot();
    const file = root.write("conf/a", "");
    expect(readTrustedFile(root.at("conf/none"))).toEqual({ text: undefined });
    expect(readTrustedFile(join(file, "below"))).toEqual({ text: undefined });
  });

  test.each([0o664, 0o646, 0o666])("refuses a file of mode %o", (mode) => {
    using root = new TemporaryRoot();
    const path = root.write("conf/a", "text");
    chmodSync(path, mode);
    expect(readTrustedFile(path)).toEqual({
      refused: `found ${path} with mode 0${mode.toString(8)}, ${WRITABLE}`,
    });
  });

  test.each([0o775, 0o757, 0o1777])(
    "refuses a file in a directory of mode %o, where it may be replaced",
    (mode) => {
      using root = new TemporaryRoot();
      const path = root.write("conf/a", "text");
      chmodSync(root.at("conf"), mode);
      expect(readTrustedFile(path)).toEqual({
        refused: `found directory ${root.at("conf")} with mode ${mode.toString(8).padStart(4, "0")}, ${WRITABLE}`,
      });
    },
  );

  test("looks at the file that a link leads to, and at the directory that holds it", () => {
    using root = new TemporaryRoot();
    const target = root.write("elsewhere/a", "text");
    mkdirSync(root.at("conf"), { mode: 0o755 });
    const link = root.at("conf/a");
    symlinkSync(target, link);
    expect(readTrustedFile(link)).toEqual({ text: "text" });
    chmodSync(root.at("elsewhere"), 0o777);
    expect(readTrustedFile(link)).toEqual({
      refused: `found directory ${root.at("elsewhere")} with mode 0777, ${WRITABLE}`,
    });
    chmodSync(root.at("elsewhere"), 0o755);
    chmodSync(target, 0o666);
    expect(readTrustedFile(link)).toEqual({ refused: `found ${link} with mode 0666, ${WRITABLE}` });
  });

  test("refuses a link that leads through a directory which everybody may write", () => {
    using root = new TemporaryRoot();
    root.write("elsewhere/a", "text");
    mkdirSync(root.at("conf"), { mode: 0o755 });
    mkdirSync(root.at("shared"));
    chmodSync(root.at("shared"), 0o777);
    symlinkSync(root.at("elsewhere"), root.at("shared/way"));
    symlinkSync(root.at("shared/way/a"), root.at("conf/a"));
    expect(readTrustedFile(root.at("conf/a"))).toEqual({
      refused: `found directory ${root.at("shared")}, which everybody may write, expected nobody else to be able to change where ${root.at("conf/a")} leads`,
    });
  });

  test.skipIf(!isRoot)("refuses a file and a directory of another user", () => {
    using root = new TemporaryRoot();
    const path = root.write("conf/a", "text");
    chownSync(path, STRANGER, 0);
    expect(readTrustedFile(path)).toEqual({
      refused: `found ${path} owned by user ${STRANGER}, expected it to be owned by root`,
    });
    chownSync(path, 0, 0);
    chownSync(root.at("conf"), STRANGER, 0);
    expect(readTrustedFile(path)).toEqual({
      refused: `found directory ${root.at("conf")} owned by user ${STRANGER}, expected it to be owned by root`,
    });
  });

  test.skipIf(!isRoot || !mayMount())("trusts a ConfigMap volume, mode 0777 but mounted read-only", () => {
    using root = new TemporaryRoot();
    mkdirSync(root.at("map"));
    const table = join(import.meta.dir, "../../src/agent/option-table.ts");
    const module = join(import.meta.dir, "../../src/config/directory.ts");
    const program = `
      const { OPTION_TABLE } = await import(${JSON.stringify(table)});
      const { readDirectory } = await import(${JSON.stringify(module)});
      const { settings, problems } = readDirectory(OPTION_TABLE, process.argv[1]);
      console.log(JSON.stringify({ port: settings.get("udp-output-port")?.text, problems }));
    `;
    const steps = `
      mount -t tmpfs -o mode=0777 none "$1" && mkdir "$1/..a" && echo 9000 > "$1/..a/udp-output-port" &&
      ln -s ..a "$1/..data" && ln -s ..data/udp-output-port "$1/udp-output-port" &&
      mount -o remount,ro "$1" && exec "$2" -e "$3" "$1"
    `;
    const { stdout, stderr } = Bun.spawnSync([
      "unshare",
      "--mount",
      "sh",
      "-c",
      steps,
      "sh",
      root.at("map"),
      process.execPath,
      program,
    ]);
    expect(stderr.toString()).toBe("");
    expect(JSON.parse(stdout.toString())).toEqual({ port: "9000", problems: [] });
  });

  test("refuses what is not a file, and a FIFO without waiting for its writer", () => {
    using root = new TemporaryRoot();
    mkdirSync(root.at("conf/a"), { recursive: true, mode: 0o755 });
    Bun.spawnSync(["mkfifo", root.at("conf/fifo")]);
    const refused = "found something that is not a file, expected a regular file";
    expect(readTrustedFile(root.at("conf/a"))).toEqual({ refused });
    expect(readTrustedFile(root.at("conf/fifo"))).toEqual({ refused });
  });

  test("refuses a file that is too large to be a configuration", () => {
    using root = new TemporaryRoot();
    const path = root.write("conf/a", "");
    writeFileSync(path, Buffer.alloc(1024 ** 2 + 1));
    expect(readTrustedFile(path)).toEqual({ refused: "found 1048577 bytes, expected at most 1M" });
  });

  test("reads no more than that of a file that does not say how large it is", () => {
    // One of /proc without end, as far as memory goes.
    const refused = "found more than 1048576 bytes, expected at most 1M";
    expect(readTrustedFile("/proc/self/pagemap")).toEqual({ refused });
  });
});

function mayMount(): boolean {
  const allowed = Bun.spawnSync(["sh", "-c", "unshare --mount true"]).exitCode === 0;
  if (!allowed) console.warn("Skipped: mount namespaces are not allowed here");
  return allowed;
}
