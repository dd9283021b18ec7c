import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { runContainer } from "./container.ts";
import { missing, NOBODY, packedProbe, report, runInRoot } from "./support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const CHROOT_TOOLS = ["gcc", "unshare", "ip", "mount", "chroot"];

/** Names of the files that a process has mapped, `memfd`s included. */
function mappedFiles(maps: readonly string[]): string[] {
  const names = maps.map((line) => line.split(/ +/).slice(5).join(" "));
  return [...new Set(names.filter((name) => name.startsWith("/")))].sort();
}

const CARRIED = [
  "/memfd:ld-linux-x86-64.so.2 (deleted)",
  "/memfd:libc.so.6 (deleted)",
  "/memfd:libdl.so.2 (deleted)",
  "/memfd:libm.so.6 (deleted)",
  "/memfd:libpthread.so.0 (deleted)",
  "/tetrad",
];

describe.skipIf(missing(CHROOT_TOOLS, { root: true }))(
  "in a chroot that holds the file and /proc alone",
  () => {
    for (const user of [0, NOBODY]) {
      test(`it starts as user ${user}, sends and receives, and starts itself as a child`, () => {
        const outer = report(runInRoot(packedProbe(), ["all", "/tetrad"], { user }));
        const inner = report({ code: 0, signal: undefined, stdout: outer.child ?? "", stderr: "" });
        for (const seen of [outer, inner]) {
          expect(seen.execPath).toBe("/tetrad");
          expect(seen.received).toBe("datagram");
          expect(mappedFiles(seen.maps)).toEqual(CARRIED);
        }
      });
    }

    test("without /proc it says so in one line and exits with 3", () => {
      const { code, stdout, stderr } = runInRoot(packedProbe(), [], { proc: false });
      expect({ code, stdout, stderr }).toEqual({
        code: 3,
        stdout: "",
        stderr: "tetrad: Cannot start: /proc is not mounted here, and it is needed (errno 2)\n",
      });
    });
  },
);

describe.skipIf(missing(["gcc", "runc"], { root: true }))(
  "in a container of runc, read-only, with no network",
  () => {
    for (const user of [0, NOBODY]) {
      test(`it starts as user ${user}, without any capability`, () => {
        const seen = report(runContainer(packedProbe(), { args: ["quiet", "/tetrad"], user }));
        expect(mappedFiles(seen.maps)).toEqual(CARRIED);
        expect(seen.child).toContain('"execPath":"/tetrad"');
      });
    }

    test("on a kernel without memfd_create it says so in one line and exits with 3", () => {
      const ENOSYS = 38;
      const { code, stdout, stderr } = runContainer(packedProbe(), {
        refused: { call: "memfd_create", errno: ENOSYS },
      });
      expect({ code, stdout, stderr }).toEqual({
        code: 3,
        stdout: "",
        stderr: "tetrad: Cannot start: the kernel has no memfd_create, needs Linux 3.17 or newer\n",
      });
    });

    test("where memfd_create is refused it says with which errno and exits with 3", () => {
      const EPERM = 1;
      const { code, stderr } = runContainer(packedProbe(), {
        refused: { call: "memfd_create", errno: EPERM },
      });
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: "tetrad: Cannot start: memfd_create is refused (errno 1)\n",
      });
    });
  },
);
