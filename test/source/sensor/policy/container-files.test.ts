/** Policies on functions of programs that containers have, each in its own root directory. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { containerCgroups } from "../../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { describeWithBpf } from "../../../kernel/support.ts";
import { type CgroupEnclosure, createCgroup, RunningSensor, until } from "../support.ts";
import { buildProbedProgram, hasCompiler } from "./probed-program.ts";
import { policyOf } from "./read-policy.ts";
import { id } from "./workload-support.ts";

/** Where containers have the program, and the host has nothing. */
const PATH = "/only/in/containers/target";

/** What a container's root directory is made of, `$1`, before its program begins. */
const CONTENT = {
  plain: 'mkdir -p "$1/only/in/containers"; cp "$2" "$1/only/in/containers/target"',
  /** What is absolute is so in the container. */
  linked:
    'mkdir -p "$1/only/in" "$1/bin/files"; cp "$2" "$1/bin/files/target"; ln -s /../../../../bin/files "$1/only/in/containers"',
  pipe: 'mkdir -p "$1/only/in/containers"; mkfifo "$1/only/in/containers/target"',
  text: 'mkdir -p "$1/only/in/containers"; echo text > "$1/only/in/containers/target"',
  /** It leads out of the root, to a file that the host has. */
  escaping: 'mkdir -p "$1/only/in/containers"; ln -s "/../../../../..$2" "$1/only/in/containers/target"',
  huge: 'mkdir -p "$1/only/in/containers"; cp "$2" "$1/only/in/containers/target"; truncate -s 1G "$1/only/in/containers/target"',
  /** Mounted, and nobody ever answers there. */
  silent: `mkdir -p "$1/only/in/containers"; python3 -c '
import ctypes, os, sys
fd = os.open("/dev/fuse", os.O_RDWR)
os.set_inheritable(fd, True)
options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"silent", sys.argv[1].encode() + b"/only/in/containers", b"fuse", 0, options) != 0: sys.exit("no FUSE")
if os.fork() == 0:
  import time
  os.setsid()
  time.sleep(600)
' "$1"`,
} as const;

(hasCompiler ? describeWithBpf : (_: string, __: () => void) => {})(
  "policies on programs in containers",
  () => {
    let enclosure: CgroupEnclosure;
    let sensor: RunningSensor;
    let directory: string;
    let program: string;
    const made: string[] = [];
    let containers = 0;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), "tetrad-containers-"));
      program = buildProbedProgram(directory, "target", { isStatic: true });
      enclosure = await createCgroup();
      sensor = await RunningSensor.start({ scope: enclosure.scope });
    });
    afterAll(async () => {
      await sensor?.[Symbol.asyncDispose]();
      await enclosure?.[Symbol.asyncDispose]();
      for (const path of made.reverse()) rmdirSync(path);
      rmSync(directory, { recursive: true });
    });

    /** A container; its program calls what is hooked when it is told to. */
    function startContainer(name: string, content: keyof typeof CONTENT) {
      const home =
        containerCgroups()!.subsystem === undefined ? enclosure.path : containerCgroups()!.directory;
      let cgroup = home;
      for (const each of [`kubepods-${process.pid}`, "pod1", id((containers++).toString(16))]) {
        cgroup = join(cgroup, each);
        if (made.includes(cgroup)) continue;
        mkdirSync(cgroup, { recursive: true });
        made.push(cgroup);
      }
      const root = join(directory, name);
      mkdirSync(root);
      const script = `for c in "$3" "$4"; do echo 0 > "$c/cgroup.procs"; done
mount -t tmpfs container "$1"; ${CONTENT[content]}; cp "$2" "$1/run"
program=${["plain", "linked"].includes(content) ? PATH : "/run"}
exec chroot "$1" "$program" 7 1 "${name}" 1 wait`;
      const child = Bun.spawn(
        ["unshare", "--mount", "sh", "-c", script, "sh", root, program, enclosure.path, cgroup],
        { stdin: "pipe", stdout: "ignore", stderr: "inherit" },
      );
      return {
        async finish() {
          child.stdin.write("\n");
          await child.stdin.end();
          await child.exited;
          for (const pid of readFileSync(join(cgroup, "cgroup.procs"), "latin1").split("\n").filter(Boolean))
            process.kill(Number(pid), "SIGKILL");
          await until(
            () => readFileSync(join(cgroup, "cgroup.procs"), "latin1") === "",
            "the container is empty",
          );
        },
      };
    }

    const SPEC = `podSelector: {}
uprobes: [{path: ${PATH}, symbols: [check_pin], resolvePathInContainer: true, args: [{index: 2, type: string}]}]
`;

    test("are refused without a word about which containers", () => {
      expect(() => policyOf(SPEC.replace("podSelector: {}\n", ""))).toThrow(
        "found resolvePathInContainer: true in a policy for everything, expected podSelector or containerSelector",
      );
    });

    test("are put into each container that has the file, those that start later, too, and none keeps that from another", async () => {
      const policies = await sensor.source.policies();
      const before = (["plain", "pipe", "text", "escaping", "huge", "silent"] as const).map((content) =>
        startContainer(`${content}1`, content),
      );
      policies.put("contained", policyOf(SPEC, "contained"));
      const hooked = () => policies.facts("contained").misses.length;
      await until(() => hooked() === 1, "the first container is hooked");
      expect(policies.facts("contained").hooks.map(({ state }) => state)).toEqual(["loaded"]);
      const later = [startContainer("linked1", "linked"), startContainer("plain2", "plain")];
      await until(() => hooked() === 3, "the later ones are hooked");
      for (const container of [...before, ...later]) await container.finish();
      await policies.drained();
      const events = sensor.events
        .map((event) => (event as unknown as Record<string, Record<string, unknown>>).process_uprobe ?? {})
        .filter(({ policy_name }) => policy_name === "contained");
      expect(events.map(({ path }) => path)).toEqual([PATH, PATH, PATH]);
      expect(events.map(({ args }) => (args as { string_arg: string }[])[0]!.string_arg).sort()).toEqual([
        "linked1",
        "plain1",
        "plain2",
      ]);
      policies.delete("contained");
      expect(policies.keys).toEqual([]);
    });
  },
);
