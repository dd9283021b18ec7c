import { expect, test } from "bun:test";
import { waitForPod } from "../../../../src/source/sensor/policy/wait-for-pod.ts";
import { Pods } from "./workload-support.ts";

test("waitForPod() resolves when the pod is known, at once or later, and when nobody says of pods", async () => {
  const pods = new Pods();
  pods.set("one", {});
  await waitForPod("one", pods);
  await waitForPod("two", undefined);
  const waited = waitForPod("two", pods, 60_000);
  pods.set("three", {});
  pods.set("two", {});
  await waited;
});

test("waitForPod() gives up", () => {
  expect(waitForPod("one", new Pods(), 1)).rejects.toThrow(
    "Cannot decide about the pod one: it is not known yet",
  );
});
