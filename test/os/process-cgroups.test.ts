import { expect, test } from "bun:test";
import { parseCgroups } from "../../src/os/process-cgroups.ts";

test("parseCgroups() reads v1 and v2, and paths with colons", () => {
  const text =
    "12:cpu,cpuacct:/a\n5:memory:/docker/f:1\n1:name=systemd:/init.scope\n0::/user.slice/b.scope\n";
  expect(parseCgroups(text)).toEqual([
    { controllers: ["cpu", "cpuacct"], isV2: false, path: "/a" },
    { controllers: ["memory"], isV2: false, path: "/docker/f:1" },
    { controllers: [], isV2: false, path: "/init.scope" },
    { controllers: [], isV2: true, path: "/user.slice/b.scope" },
  ]);
  expect(parseCgroups("")).toEqual([]);
});
