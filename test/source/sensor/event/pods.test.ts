/** Pods in the sensor's events: the same as text, as an object and in protobuf; what waits for them, and in which order. */
import { afterEach, describe, expect, test } from "bun:test";
import * as v from "valibot";
import { PodObject } from "../../../../src/kubernetes/pod/object.ts";
import { PodStore } from "../../../../src/kubernetes/pod/store.ts";
import type { WaitFigures } from "../../../../src/pipeline/enrich/container.ts";
import type { EventKind } from "../../../../src/source/sensor/event/event.ts";
import { PodRoom } from "../../../../src/source/sensor/event/pod-room.ts";
import { UNSET_UID } from "../../../../src/source/sensor/process/auid.ts";
import { ProcessImage } from "../../../../src/source/sensor/process/image.ts";
import { Process } from "../../../../src/source/sensor/process/process.ts";
import { idOf, type MadeUpPod, podOf } from "../../../kubernetes/made-up-pods.ts";
import { collectEvents } from "../made-up.ts";

const EXEC: EventKind<undefined> = {
  type: "process_exec",
  isStart: true,
  isEnd: false,
  write() {},
  add() {},
};
const EXIT: EventKind<undefined> = {
  type: "process_exit",
  isStart: false,
  isEnd: true,
  write() {},
  add() {},
};

const KPROBE: EventKind<object> = {
  type: "process_kprobe",
  isStart: false,
  isEnd: false,
  write() {},
  add() {},
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function setUp(maxEvents = 100) {
  const store = new PodStore({ withAnnotations: true, deletedSize: 8, timeoutMs: 60_000 });
  const figures: WaitFigures = { waiting: 0, waited: 0, timeout: 0, full: 0 };
  let labels: Record<string, string> | undefined;
  let room: PodRoom | undefined;
  cleanups.push(
    () => store[Symbol.dispose](),
    () => room?.[Symbol.dispose](),
  );
  const { collector, lines } = collectEvents({
    nodeName: "node-1",
    clusterName: "blue",
    containers: store,
    nodeLabels: {
      get current() {
        return labels;
      },
    },
    createPodRoom: (wake) => {
      const wait = { timeoutMs: 60_000, maxEvents, maxBytes: 1 << 20, figures };
      room = new PodRoom({
        wait,
        wake,
        onError(error) {
          throw error;
        },
      });
      return room;
    },
  });
  const process = (pid: number, seed = "", parent?: Process, args = "--all"): Process => {
    const docker = seed === "" ? "" : idOf(seed).slice(0, 31);
    const image = new ProcessImage({
      uid: 0,
      cwd: "/",
      binary: "/bin/check",
      filename: "",
      arguments: args,
      auid: UNSET_UID,
      docker,
      cap: undefined,
      ns: undefined,
      credentials: undefined,
      user: undefined,
      environment: undefined,
      binaryProperties: undefined,
      flags: 0,
    });
    const container = docker === "" ? undefined : store.find(docker);
    const times = { startHigh: 0, startLow: 1, timeHigh: 0, timeLow: 1 };
    const parentExecId = new Uint8Array();
    return new Process(
      { pid, ...times, parentExecId, flags: 0, image, container, namespacePid: pid % 100 },
      parent,
    );
  };
  const exit = (of: Process) =>
    collector.add(EXIT, of, { pid: of.pid, start_time_high: 0, start_time_low: 1 }, of.pid, 0, 2, undefined);
  const call = (of: Process, details: object) => {
    const subject = { pid: of.pid, start_time_high: 0, start_time_low: 1 };
    collector.add(KPROBE, of, subject, of.pid, 0, 2, details);
  };
  const start = (of: Process) => collector.addStart(EXEC, of);
  const learn = (seed: string, settings: MadeUpPod = {}) =>
    store.onChange(v.parse(PodObject, podOf(seed, { containerId: idOf(seed), ...settings })));
  /** What has left: type, pid and pod of each. */
  const left = (isLast = false) => {
    collector.handOn(isLast);
    return lines().map((line) => {
      const [type, body] = Object.entries(JSON.parse(line))[0] as [
        string,
        { process: { pid: number; pod?: { name: string } } },
      ];
      return `${type.slice(8)} ${body.process.pid} ${body.process.pod?.name ?? "-"}`;
    });
  };
  return {
    process,
    start,
    exit,
    call,
    learn,
    left,
    lines,
    figures,
    setLabels: (given: Record<string, string>) => {
      labels = given;
    },
  };
}

describe("SensorEvents with pods", () => {
  test("says the same of them as text, as an object and in protobuf", () => {
    const { process, start, exit, learn, lines, setLabels } = setUp();
    learn("shell", { annotations: { note: 'a"b' } });
    learn("child", { probe: ["/bin/check", "--all"] });
    const parent = process(1017, "shell");
    const child = process(1018, "child", parent);
    start(parent);
    start(child);
    expect(lines()).toHaveLength(2);
    setLabels({ zone: "z1" });
    exit(child);
    const events = lines().map((line) => JSON.parse(line));
    expect(events[1].process_exec).toMatchObject({
      process: { pod: { name: "child", container: { pid: 18, maybe_exec_probe: true } } },
      parent: { pod: { name: "shell", container: { pid: 17 }, pod_annotations: { note: 'a"b' } } },
    });
    expect(events[1].node_labels).toBeUndefined();
    expect(events[2]).toMatchObject({ cluster_name: "blue", node_labels: { zone: "z1" } });
    expect(Object.keys(events[1].process_exec.process)).toEqual([
      "exec_id",
      "pid",
      "uid",
      "cwd",
      "binary",
      "arguments",
      "start_time",
      "auid",
      "pod",
      "docker",
      "parent_exec_id",
      "tid",
      "in_init_tree",
    ]);
  });

  test("says what is known when the event is written", () => {
    const { process, start, learn, lines } = setUp();
    learn("web", { labels: { v: "1" } });
    const parent = process(1, "web");
    start(process(2, "web", parent));
    expect(lines()).toHaveLength(1);
    learn("web", { labels: { v: "2" } });
    start(process(3, "web", parent));
    const [, { process_exec: exec }] = lines().map((line) => JSON.parse(line));
    expect([exec.process.pod.pod_labels, exec.parent.pod.pod_labels]).toEqual([{ v: "2" }, { v: "2" }]);
  });

  test("has events wait for their pod, in order, and lets others pass", async () => {
    const { process, start, exit, learn, left, figures } = setUp();
    const late = process(1, "late");
    const child = process(2, "late", late);
    const other = process(3);
    for (const each of [late, child, other]) start(each);
    exit(child);
    exit(other);
    exit(late);
    expect(left()).toEqual(["exec 3 -", "exit 3 -"]);
    expect(figures).toMatchObject({ waiting: 4, waited: 4 });
    const { question } = late.container!;
    learn("late");
    await question;
    expect(left().slice(2)).toEqual(["exec 1 late", "exit 1 late", "exec 2 late", "exit 2 late"]);
    expect(figures).toEqual({ waiting: 0, waited: 4, timeout: 0, full: 0 });
  });

  test("lets events go without their pod when there is no room, or no more time", () => {
    const { process, start, exit, left, figures } = setUp(2);
    const [first, second] = [process(1, "a"), process(2, "b")];
    start(first);
    start(second);
    exit(second);
    expect(left()).toEqual(["exec 2 -", "exit 2 -"]);
    expect(left(true)).toEqual(["exec 2 -", "exit 2 -", "exec 1 -"]);
    expect(figures).toMatchObject({ waiting: 0, full: 2, timeout: 1 });
  });

  test("counts long arguments and what policies have taken: there is room for a megabyte", () => {
    const { process, start, call, figures } = setUp();
    for (let pid = 1; pid <= 8; pid++) start(process(pid, "unknown", undefined, "x".repeat(300 << 10)));
    expect(figures).toMatchObject({ waiting: 3, full: 5 });
    const other = process(100, "other");
    for (let i = 0; i < 8; i++) call(other, { args: [{ string_arg: "y".repeat(40 << 10) }] });
    expect(figures.waiting).toBeLessThan(7);
    expect(figures.full).toBeGreaterThan(6);
  });
});
