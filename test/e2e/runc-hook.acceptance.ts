/** Containers of runc, whose hook tells the agent of each: policies judge the first program that one executes. Needs runc and busybox. */
import { afterEach, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describeWithBpf } from "../kernel/support.ts";
import { idOf, NAMESPACED, PODS, pod, policy, start, uidOf } from "./cluster.ts";
import { cleanUp, onEnd, TETRAD, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

/** Of x86-64 and arm64. */
const EXECVE = process.arch === "arm64" ? "221" : "59";

/** A bundle whose container says that it has started, in the cgroup of a pod. */
function makeBundle(cgroupsPath: string, address: string): string {
  const bundle = temporaryDirectory();
  mkdirSync(join(bundle, "rootfs/bin"), { recursive: true });
  copyFileSync(Bun.which("busybox")!, join(bundle, "rootfs/bin/busybox"));
  symlinkSync("busybox", join(bundle, "rootfs/bin/echo"));
  expect(Bun.spawnSync(["runc", "spec"], { cwd: bundle }).exitCode).toBe(0);
  const path = join(bundle, "config.json");
  const spec = JSON.parse(readFileSync(path, "utf8"));
  Object.assign(spec.process, { terminal: false, args: ["/bin/echo", "started"] });
  delete spec.process.rlimits;
  spec.linux.cgroupsPath = cgroupsPath;
  spec.annotations = {
    "io.kubernetes.cri.sandbox-uid": uidOf("d"),
    "io.kubernetes.cri.sandbox-namespace": "shop",
    "io.kubernetes.cri.container-name": "main",
  };
  const args = ["tetrad", "oci-hook", "createRuntime", `--grpc-address=${address}`];
  spec.hooks = { createRuntime: [{ path: TETRAD, args }] };
  writeFileSync(path, JSON.stringify(spec));
  return bundle;
}

/** runc makes cgroups in all hierarchies, and leaves the outer ones. @param kept Directories that are removed elsewhere. */
function removeCgroups(name: string, kept: readonly string[]): void {
  for (const controller of readdirSync("/sys/fs/cgroup")) {
    const outermost = join("/sys/fs/cgroup", controller, name);
    for (const inner of [`kubepods/pod${uidOf("d")}`, "kubepods", ""]) {
      const path = join(outermost, inner);
      if (existsSync(path) && !kept.some((each) => each.endsWith(path))) rmdirSync(path);
    }
  }
}

describeWithBpf("containers of runc", () => {
  test("are judged from their first program on, also where the API server says late of which pod they are", async () => {
    const { enclosure, home, server, address, loaded, posted } = await start("--event-cache-retries=0");
    onEnd(() => removeCgroups(basename(home), [home, enclosure.path]));
    server.put(NAMESPACED, policy("guard", "shop", {}, EXECVE));
    await loaded("guard");
    const path = `/${basename(home)}/kubepods/pod${uidOf("d")}/${idOf("d")}`;
    const bundle = makeBundle(path, address);
    const running = enclosure.run(["runc", "run", "--bundle", bundle, `tetrad-test-${process.pid}`]);
    await Bun.sleep(300);
    server.put(PODS, pod(uidOf("d"), "shop", {}));
    expect(await running).toBe("started\n");
    await until(() => posted().length > 0, "the first program is posted");
    // What executes it is still the runtime, which began outside of the container.
    expect(posted().map(({ policy_name: name, process }) => [name, basename(process.binary)])).toEqual([
      ["guard", expect.stringMatching(/runc/)],
    ]);
  }, 120_000);

  test("do not start where the agent cannot be asked", async () => {
    const { enclosure, home } = await start();
    onEnd(() => removeCgroups(basename(home), [home, enclosure.path]));
    const bundle = makeBundle(
      `/${basename(home)}/kubepods/pod${uidOf("d")}/${idOf("d")}`,
      "unix:///nowhere.sock",
    );
    const command = `runc run --bundle ${bundle} tetrad-test-${process.pid} 2>&1; true`;
    expect(await enclosure.run(["/bin/sh", "-c", command])).toContain(
      "Cannot start the container: Cannot connect to",
    );
  }, 120_000);
});
