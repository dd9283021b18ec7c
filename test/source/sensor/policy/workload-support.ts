/** @module Pods and cgroups of tests, where the host tells containers apart. */
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { KnownPod, PodSource } from "../../../../src/policy/workload.ts";
import { containerCgroups } from "../../../../src/source/sensor/scope/cgroup-hierarchy.ts";
import { createCgroup, RunningSensor, until } from "../support.ts";

/** Pods that come and go when a test says so. */
export class Pods implements PodSource {
  readonly #pods = new Map<string, KnownPod>();
  readonly #listeners = new Set<(uid: string) => void>();

  set(
    uid: string,
    labels: Readonly<Record<string, string>>,
    containers: Readonly<Record<string, string>> = {},
  ) {
    const label = (key: string) => labels[key];
    const named = Object.entries(containers).map(
      ([container, name]) =>
        [container.slice(0, 31), (key: string) => (key === "name" ? name : undefined)] as const,
    );
    this.#pods.set(uid, { uid, namespace: labels.namespace ?? "shop", label, containers: new Map(named) });
    for (const listener of this.#listeners) listener(uid);
  }

  delete(uid: string): void {
    this.#pods.delete(uid);
    for (const listener of this.#listeners) listener(uid);
  }

  all = () => this.#pods.values();
  pod = (uid: string) => this.#pods.get(uid);
  podOf = (container: string) => [...this.#pods.values()].find(({ containers }) => containers.has(container));
  subscribe(listener: (uid: string) => void) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** A directory for cgroups of a test, where the host tells containers apart: in v2 below that of the sensor's scope. */
function directoryFor(scope: string): string {
  const cgroups = containerCgroups()!;
  if (cgroups.subsystem === undefined) return scope;
  const directory = join(cgroups.directory, `tetrad-test-${process.pid}-${Bun.randomUUIDv7()}`);
  mkdirSync(directory);
  return directory;
}

/** What runs in cgroups of a host, of containers and of pods. */
export async function start(pods?: PodSource) {
  const enclosure = await createCgroup();
  const home = directoryFor(enclosure.path);
  const sensor = await RunningSensor.start({
    scope: enclosure.scope,
    ...(pods === undefined ? {} : { pods }),
  });
  const policies = await sensor.source.policies();
  const made: string[] = home === enclosure.path ? [] : [home];
  const posted: string[] = [];
  const take = () => {
    for (const { process_tracepoint: event } of sensor.events.splice(0))
      if (event !== undefined) posted.push(String(event.policy_name));
    return posted.splice(0).sort();
  };
  return {
    policies,
    /** A cgroup below the scope's; its directories stay until the end. */
    cgroup(...names: readonly string[]) {
      let path = home;
      for (const name of names) {
        path = join(path, name);
        if (made.includes(path)) continue;
        if (!existsSync(path)) mkdirSync(path);
        made.push(path);
      }
      return path;
    },
    /** Removes a cgroup and all inside of it, in which nothing runs. */
    removeAll(directory: string) {
      for (const path of made.toReversed())
        if (`${path}/`.startsWith(`${directory}/`)) {
          rmdirSync(path);
          made.splice(made.indexOf(path), 1);
        }
    },
    /** Names of the policies that post where a process in a cgroup calls. */
    async postedIn(directory: string) {
      const program = `import os
open("${directory}/cgroup.procs", "w").write("0")
os.sched_yield()
open("${home}/cgroup.procs", "w").write("0")`;
      await enclosure.run(["/usr/bin/python3", "-c", program]);
      await policies.drained();
      return take();
    },
    /** What a program says that begins in a cgroup; its output is empty where it was killed before. */
    async runIn(directory: string, command: readonly string[]) {
      const enter = `echo 0 > ${directory}/cgroup.procs && exec "$@"`;
      return await enclosure.run(["/bin/sh", "-c", enter, "sh", ...command]);
    },
    /** A process that is there already, in a cgroup: it calls when it is told to. */
    async waitingIn(directory: string) {
      const child = Bun.spawn(
        [
          "/usr/bin/python3",
          "-c",
          "import os, sys\nfor line in sys.stdin:\n  os.sched_yield()\n  print('called', flush=True)",
        ],
        { stdin: "pipe", stdout: "pipe" },
      );
      if (home !== enclosure.path) await Bun.write(join(enclosure.path, "cgroup.procs"), String(child.pid));
      await Bun.write(join(directory, "cgroup.procs"), String(child.pid));
      return {
        moveTo: (other: string) => Bun.write(join(other, "cgroup.procs"), String(child.pid)),
        async call() {
          const output = child.stdout.getReader();
          child.stdin.write("\n");
          child.stdin.flush();
          await output.read();
          output.releaseLock();
          await policies.drained();
          return take();
        },
        async [Symbol.asyncDispose]() {
          child.stdin.end();
          await child.exited;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await sensor[Symbol.asyncDispose]();
      for (const path of made.toReversed())
        await until(() => {
          try {
            rmdirSync(path);
            return true;
          } catch {
            return false;
          }
        }, "the cgroup is empty");
      await enclosure[Symbol.asyncDispose]();
    },
  };
}

/** Of a container, made of one digit. */
export const id = (digit: string) => digit.repeat(64);
