/** Conditions on the beginnings of paths: programs that see by a path's first names that it begins otherwise miss no file. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Operand } from "../../../../src/policy/policy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";
import { argument, hook, policy, selector } from "./made-policy.ts";

/** First argument of a system call among the fields of its tracepoint. */
const DESCRIPTOR = 5;
const RUNS = 4;

/**
 * Opens files of all kinds in namespaces of its own, each under a number of its own, and makes three calls with each of them.
 * Numbers above 63 have a table of descriptors that is not in the process's own struct.
 */
const PROGRAM = `
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def check(result):
    if result != 0: raise OSError(ctypes.get_errno(), "failed")
def mount(source, target, kind, flags=0):
    os.makedirs(target, exist_ok=True)
    check(libc.mount(source.encode(), target.encode(), kind, flags, None))
base, first = sys.argv[1], int(sys.argv[2])
check(libc.unshare(0x00020000))
check(libc.mount(b"none", b"/", None, 0x44000, None))
mount("tmpfs", base, b"tmpfs")
root = base + "/root"
BIND = 0x1000
names = ["srv/secret/x", "srv/secret2/x", "srv/secre/x", "srv/sec", "srvx/secret/y", "sr/secret/x", "etc/shadow", "etcetera/x",
  "seventh/x", "eighthch/x", "ninechars/x", "ninecharz/x", "ü/ü/ü", "a b/c d", "top", "x" * 31 + "/x", "x" * 32 + "/y/z",
  "x" * 40 + "/z", "srv/" + "y" * 50 + "/z", "/".join("d%d" % i for i in range(12)) + "/x", "/".join("d%d" % i for i in range(20)) + "/x"]
for name in names:
    os.makedirs(os.path.dirname(root + "/" + name), exist_ok=True)
    open(root + "/" + name, "w").close()
mount("tmpfs", root + "/mnt/t", b"tmpfs")
mount("tmpfs", root + "/mnt/t/nested/deep", b"tmpfs")
mount("tmpfs", root + "/t", b"tmpfs")
mount(root + "/srv", root + "/bound", None, BIND)
mount(root + "/srv/secret", root + "/t/b", None, BIND)
mount("tmpfs", root + "/gone", b"tmpfs")
mounted = ["mnt/t/x", "mnt/t/a/b/c", "mnt/t/nested/deep/x", "mnt/t/nested/deep/a/b", "t/x", "t/secret/x", "bound/secret/z", "t/b/z", "gone/x"]
for name in mounted:
    os.makedirs(os.path.dirname(root + "/" + name), exist_ok=True)
    open(root + "/" + name, "w").close()
files = [os.open(root + "/" + name, os.O_RDONLY) for name in names + mounted]
files += [os.open(root + "/" + name, os.O_RDONLY) for name in ["", "srv", "srv/secret", "mnt/t", "t", "mnt/t/nested/deep"]]
for name in ["removed", "srv/removed", "t/removed"]:
    files.append(os.open(root + "/" + name, os.O_CREAT | os.O_RDWR))
    os.unlink(root + "/" + name)
files += [*os.pipe(), socket.socket().detach(), os.memfd_create("srv"), os.open("/proc/self/status", os.O_RDONLY), os.open(base, os.O_RDONLY)]
check(libc.umount2((root + "/gone").encode(), 2))
if sys.argv[3] == "chroot": os.chroot(root)
high = [os.dup2(file, 300 + index) for index, file in enumerate(files)]
for file in files: os.close(file)
for index, file in enumerate(high):
    number = first + index
    os.dup2(file, number)
for file in high: os.close(file)
sys.stdout.flush()
if first < 64:
    # A child has a table that is as large as its files need.
    if os.fork() != 0:
        os.wait()
        sys.exit()
for index in range(len(high)):
    number = first + index
    libc.lseek(number, 0, 0), libc.fsync(number), libc.fdatasync(number)
`;
/** Where names, slashes and values may end. */
const WHOLE = [
  ..."/srv/secret/x /srv/secre/x /etc/shadow /etcetera/x /seventh/x /eighthch/x /ninechars/x /t/b/z".split(
    " ",
  ),
  ...[
    "/ü/ü/ü",
    "/a b/c d",
    `/${"x".repeat(32)}/y`,
    `/srv/${"y".repeat(50)}/z`,
    "/d0/d1/d2",
    "/mnt/t/nested/deep/x",
  ],
  ...["/removed (deleted)", "/srv/removed (deleted)", "//srv", "srv", "/bound/secret/z"],
];
const prefix = fc
  .tuple(fc.constantFrom(...WHOLE), fc.nat(20))
  .map(([path, cut]) => new TextEncoder().encode(path).slice(0, Math.max(1, cut)));
const prefixes = fc.array(prefix, { minLength: 1, maxLength: 6 });

const tracepoint = (event: string) =>
  ({ kind: "tracepoint", subsystem: "syscalls", event, isRaw: false }) as const;
const begins = (strings: readonly Uint8Array[]): Operand => ({
  operator: "Prefix",
  isNegated: false,
  strings,
});
const ARGS = [argument(DESCRIPTOR, "fd"), argument(DESCRIPTOR, "int")];
const even: Operand = { operator: "Mask", isNegated: true, integers: [1n] };

interface Made {
  readonly policy_name?: string;
  readonly process?: { readonly pid?: number };
  readonly args?: readonly { readonly file_arg?: { readonly path?: string }; readonly int_arg?: number }[];
}

const encode = (path: string) => new TextEncoder().encode(path);
const beginsWith = (path: string, values: readonly Uint8Array[]) =>
  values.some((value) => Buffer.from(encode(path)).subarray(0, value.length).equals(value));

describeWithBpf("a path that begins as a condition wants it", () => {
  const cases = [
    ["in the process's own table of files, in a root directory of its own", "8", "chroot"],
    ["in a table that has grown", "100", "chroot"],
    ["below the root directory of all", "8", "no"],
  ] as const;
  for (const [title, first, root] of cases) {
    test(`is found wherever it leads: ${title}`, async () => {
      await using resources = new AsyncDisposableStack();
      const base = mkdtempSync(join(tmpdir(), "tetrad-names-"));
      resources.defer(() => rmSync(base, { recursive: true }));
      await fc.assert(
        fc.asyncProperty(prefixes, prefixes, prefixes, async (alone, one, other) => {
          const ours = (values: readonly Uint8Array[]) =>
            root === "chroot"
              ? values
              : [...values, encode(base.slice(0, values.length + 1)), encode(`${base}/root/srv`)];
          const expected = { alone: ours(alone), one: ours(one), other: ours(other) };
          await using enclosure = await createCgroup();
          await using sensor = await RunningSensor.start({
            scope: enclosure.scope,
            policies: [
              policy("all", hook(tracepoint("sys_enter_lseek"), ARGS)),
              policy(
                "alone",
                hook(tracepoint("sys_enter_fsync"), ARGS, {
                  selectors: [selector({ 0: begins(expected.alone) })],
                }),
              ),
              policy(
                "even",
                hook(tracepoint("sys_enter_fdatasync"), ARGS, {
                  selectors: [selector({ 1: even, 0: begins(expected.one) })],
                }),
              ),
              policy(
                "either",
                hook(tracepoint("sys_enter_fdatasync"), ARGS, {
                  selectors: [
                    selector({ 1: even, 0: begins(expected.other) }),
                    selector({ 0: begins(expected.one) }),
                  ],
                }),
              ),
            ],
          });
          const events = () =>
            sensor.events.flatMap((event) => (event.process_tracepoint as Made | undefined) ?? []);
          await enclosure.run(["/usr/bin/python3", "-c", PROGRAM, base, first, root]);
          await until(
            () => sensor.exits.some(({ process }) => process.binary?.includes("python")),
            "it has ended",
          );
          const found = new Map<string, Map<number, string>>();
          for (const { policy_name: name = "", args = [] } of events()) {
            const number = args[1]?.int_arg ?? 0;
            if (number < Number(first)) continue;
            found.set(name, (found.get(name) ?? new Map()).set(number, args[0]?.file_arg?.path ?? ""));
          }
          const all = [...found.get("all")!];
          expect(all.length).toBeGreaterThan(40);
          const wanted = (holds: (path: string, number: number) => boolean) =>
            all.filter(([number, path]) => holds(path, number));
          const got = (name: string) => [...(found.get(name) ?? [])];
          expect(got("alone")).toEqual(wanted((path) => beginsWith(path, expected.alone)));
          expect(got("even")).toEqual(
            wanted((path, number) => number % 2 === 0 && beginsWith(path, expected.one)),
          );
          expect(got("either")).toEqual(
            wanted(
              (path, number) =>
                (number % 2 === 0 && beginsWith(path, expected.other)) || beginsWith(path, expected.one),
            ),
          );
        }),
        { numRuns: RUNS },
      );
    });
  }
});
