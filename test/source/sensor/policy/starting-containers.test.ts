import { expect, test } from "bun:test";
import { StartingContainers } from "../../../../src/source/sensor/policy/starting-containers.ts";

const container = (id: string, name = "web", repo = "") => ({ id, name, repo, podUid: "", cgroupPath: "" });

test("StartingContainers remembers names of the last containers, and none that no container can have", () => {
  const containers = new StartingContainers();
  containers.add(container("a", "web", "registry/web"));
  expect(["name", "repo", "other"].map(containers.labelOf("a")!)).toEqual(["web", "registry/web", undefined]);
  containers.add(container("a", "another"));
  expect(containers.labelOf("a")!("name")).toBe("web");
  containers.add(container("long", "x".repeat(1 << 20)));
  containers.add(container("image", "web", "x".repeat(1 << 20)));
  containers.add(container("", "web"));
  expect(["long", "image", ""].map((id) => containers.labelOf(id))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  for (let i = 0; i < 1024; i++) containers.add(container(`${i}`));
  expect([containers.labelOf("a"), containers.labelOf("0")?.("name")]).toEqual([undefined, "web"]);
});
