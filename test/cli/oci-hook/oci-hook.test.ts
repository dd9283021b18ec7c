import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cgroupPathOf, HookLog, readContainer, reportContainer } from "../../../src/cli/oci-hook/report.ts";
import { ociHook } from "../../../src/cli/oci-hook.ts";
import { runCommand } from "../support.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-oci-hook-"));
afterAll(() => rmSync(directory, { recursive: true }));

function bundle(spec: object): string {
  const path = mkdtempSync(join(directory, "bundle-"));
  writeFileSync(join(path, "config.json"), JSON.stringify(spec));
  return path;
}

describe("cgroupPathOf()", () => {
  test.each([
    ["/kubepods/pod1/abc", "/kubepods/pod1/abc"],
    [
      "kubepods-burstable-pod1.slice:cri-containerd:abc",
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-abc.scope",
    ],
    ["system.slice:docker:abc", "/system.slice/docker-abc.scope"],
    ["-.slice:crio:abc", "/crio-abc.scope"],
    ["kubepods.slice::abc.slice", "/kubepods.slice/abc.slice"],
    ["", ""],
  ])("%s is %s", (path, expected) => {
    expect(cgroupPathOf(path)).toBe(expected);
  });
});

describe("readContainer()", () => {
  test("takes the state's bundle, and what its configuration says", () => {
    const path = bundle({ annotations: { a: "b" }, linux: { cgroupsPath: "system.slice:docker:abc" } });
    const state = JSON.stringify({ ociVersion: "1.0.2", id: "abc", status: "created", pid: 1, bundle: path });
    expect(readContainer(state)).toEqual({
      id: "abc",
      bundle: path,
      cgroupsPath: "/system.slice/docker-abc.scope",
      annotations: { a: "b" },
    });
  });

  test("takes the configuration of CRI-O, and one without annotations", () => {
    const path = mkdtempSync(join(directory, "crio-"));
    const state = (where: string) => JSON.stringify({ id: "abc", bundle: where });
    expect(() => readContainer(state(path))).toThrow(`Cannot find the container's config.json in ${path}`);
    const outer = bundle({});
    expect(readContainer(state(join(outer, "rootfs")))).toMatchObject({ annotations: {}, cgroupsPath: "" });
  });

  test("says what it cannot read", () => {
    expect(() => readContainer("no JSON")).toThrow("Cannot read the container's state");
    expect(() => readContainer("{}")).toThrow("Cannot read the container's state");
  });
});

test("an agent that is not there is an error", async () => {
  const container = { id: "abc", bundle: "/", cgroupsPath: "/abc", annotations: {} };
  const address = `unix://${join(directory, "none.sock")}`;
  expect(reportContainer(container, { address, timeoutMs: 10_000 })).rejects.toThrow("none.sock");
});

test("the log has a line for each container; annotations only when they are asked for", () => {
  const path = join(directory, "hook.log");
  const container = { id: "abc", bundle: "/b", cgroupsPath: "/c", annotations: { secret: "x" } };
  new HookLog(path, "info").write("info", "one", { container, namespace: "shop" });
  new HookLog(path, "debug").write("warn", "two", { container });
  new HookLog("", "info").write("info", "nobody reads it", {});
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: "info", msg: "one", namespace: "shop", id: "abc", cgroupsPath: "/c" },
    { level: "warn", msg: "two", annotations: { secret: "x" } },
  ]);
  expect(lines[0].annotations).toBeUndefined();
});

describe("tetrad oci-hook", () => {
  test.each(["createContainer", "poststop"])("does nothing at %s", async (hook) => {
    expect(await runCommand(ociHook, [hook])).toMatchObject({ code: 0, out: "", err: "" });
  });

  test("needs a hook that there is", () => {
    expect(runCommand(ociHook, [])).rejects.toMatchObject({ code: "config" });
    expect(runCommand(ociHook, ["prestart"])).rejects.toMatchObject({ code: "config" });
  });
});
