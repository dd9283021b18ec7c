import { expect, test } from "bun:test";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usedComponents } from "../../src/agent/component-use.ts";
import { OPTION_TABLE, type OptionValues } from "../../src/agent/option-table.ts";
import { policiesMayCome } from "../../src/agent/policy-changes.ts";
import {
  describePrivileges,
  neededCapabilities,
  possibleCapabilities,
  takesEventOpener,
} from "../../src/agent/privileges.ts";
import {
  CAPABILITY_NAMES,
  capabilityNames,
  capabilitySet,
  readProcessPrivileges,
} from "../../src/os/capability.ts";
import type { ServerDefinition } from "../../src/server/definition.ts";
import { grpc } from "../../src/server/grpc/definition.ts";

/** The components that these options ask for. */
function componentsFor(options: Partial<OptionValues>) {
  return usedComponents({ ...OPTION_TABLE.defaults, ...options });
}

test.each([
  [{ "event-source": ["stdin"] }, []],
  [{ "event-source": ["stdin", "file:/var/log/tetragon/*.log"] }, ["CAP_DAC_READ_SEARCH"]],
  [{ "event-source": ["sensor"], "enable-network-events": true, "udp-output-enabled": true }, ["CAP_BPF"]],
  [{ "event-source": ["sensor"], "sensor-scope": "cgroup:a" }, ["CAP_BPF", "CAP_SYS_PTRACE"]],
  [{ "event-source": ["sensor"], "enable-process-ns": true }, ["CAP_BPF", "CAP_SYS_PTRACE"]],
  [
    { "event-source": ["sensor"], "enable-process-environment-variables": true },
    ["CAP_BPF", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"],
  ],
] as const)("neededCapabilities() of %j", (options, needed) => {
  expect(neededCapabilities({ components: componentsFor(options), written: [""] })).toEqual([...needed]);
});

test("possibleCapabilities() holds all that a start may need", () => {
  expect(possibleCapabilities().map(({ name }) => name)).toEqual(
    expect.arrayContaining(["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "CAP_SYS_PTRACE"]),
  );
});

test("neededCapabilities() keeps the rights to load policies only where policies may come", () => {
  const components = componentsFor({ "event-source": ["sensor"] });
  const needed = (policiesMayCome: boolean) =>
    neededCapabilities({ components, written: [], policiesMayCome }).sort();
  expect(needed(true)).toEqual(["CAP_BPF", "CAP_PERFMON", "CAP_SYS_PTRACE"]);
  expect(needed(false)).toEqual(["CAP_BPF"]);
  const none = {
    "no-runtime-policies": false,
    "tracing-policy-dir": "/nowhere",
    "enable-k8s-api": false,
    "enable-tracing-policy-crd": true,
  };
  expect(policiesMayCome(none, [])).toBe(false);
  expect(policiesMayCome({ ...none, "tracing-policy-dir": "/" }, [])).toBe(true);
  expect(policiesMayCome({ ...none, "tracing-policy-dir": "/", "no-runtime-policies": true }, [])).toBe(
    false,
  );
  expect(policiesMayCome({ ...none, "enable-k8s-api": true }, [])).toBe(true);
  expect(policiesMayCome({ ...none, "enable-k8s-api": true, "enable-tracing-policy-crd": false }, [])).toBe(
    false,
  );
  expect(policiesMayCome(none, [{ definition: grpc as unknown as ServerDefinition }])).toBe(true);
});

test("takesEventOpener() where policies may come and the kernel asks CAP_SYS_ADMIN, which this process has, of who attaches them", () => {
  const ADMIN = capabilitySet(["CAP_SYS_ADMIN"]);
  const takes = (source: string, policiesMayCome: boolean, effective = ADMIN, eventsTakeAdmin = true) => {
    const components = componentsFor({ "event-source": [source] });
    const needs = { components, written: [], policiesMayCome };
    expect(neededCapabilities(needs)).not.toContain("CAP_SYS_ADMIN");
    return takesEventOpener(needs, { effective }, eventsTakeAdmin);
  };
  expect(takes("sensor", true)).toBe(true);
  expect(takes("sensor", false)).toBe(false);
  expect(takes("stdin", true)).toBe(false);
  expect(takes("sensor", true, 0n)).toBe(false);
  expect(takes("sensor", true, ADMIN, false)).toBe(false);
});

test("neededCapabilities() keeps the right to replace a file in another user's directory", () => {
  const own = mkdtempSync(join(tmpdir(), "tetrad-privileges-"));
  try {
    const exportTo = (path: string) => componentsFor({ "event-source": ["stdin"], "export-filename": path });
    const needed = (path: string) => neededCapabilities({ components: exportTo(path), written: [] });
    expect(needed(join(own, "events.log"))).toEqual([]);
    expect(needed(join(own, "missing", "events.log"))).toEqual(["CAP_DAC_OVERRIDE"]);
    const other = (process.getuid?.() ?? 0) + 1;
    const asOther = (path: string) =>
      neededCapabilities({ components: [], written: [path], user: { uid: other, gid: other } });
    expect(asOther(join(own, "events.log"))).toEqual([]);
    expect(asOther("/events.log")).toEqual([]);
  } finally {
    rmSync(own, { recursive: true });
  }
});

test.skipIf(process.getuid?.() !== 0)("neededCapabilities() uses the directory's owner", () => {
  const own = mkdtempSync(join(tmpdir(), "tetrad-privileges-"));
  try {
    const other = 1;
    const needed = (path: string) => neededCapabilities({ components: [], written: [path] });
    const asOther = (path: string) =>
      neededCapabilities({ components: [], written: [path], user: { uid: other, gid: other } });
    chownSync(own, other, other);
    expect(needed(join(own, "events.log"))).toEqual(["CAP_DAC_OVERRIDE"]);
    expect(asOther(join(own, "events.log"))).toEqual([]);
  } finally {
    rmSync(own, { recursive: true });
  }
});

test("neededCapabilities() keeps no right to read what belongs to the agent's user, in a directory of that user's", () => {
  const own = mkdtempSync(join(tmpdir(), "tetrad-privileges-"));
  try {
    const path = join(own, "tetragon.log");
    writeFileSync(path, "");
    const needed = (reads: string[], user?: { uid: number; gid: number }) =>
      neededCapabilities({
        components: componentsFor({ "event-source": reads.map((read) => `file:${read}`) }),
        written: [],
        reads,
        user,
      });
    const uid = process.getuid!();
    expect(needed([path])).toEqual([]);
    expect(needed([path], { uid, gid: uid })).toEqual([]);
    for (const reads of [[join(own, "*.log")], [join(own, "later.log")], [path, "/nonexistent/a"]])
      expect(needed(reads)).toEqual(["CAP_DAC_READ_SEARCH"]);
    expect(needed([path], { uid: uid + 1, gid: uid + 1 })).toEqual(["CAP_DAC_READ_SEARCH"]);
  } finally {
    rmSync(own, { recursive: true });
  }
});

test("describePrivileges() names what is left, and says none where nothing is", () => {
  const privileges = {
    effective: 0n,
    permitted: capabilitySet(["CAP_BPF", "CAP_SYS_PTRACE"]),
    inheritable: 0n,
    bounding: 0n,
    ambient: 0n,
    noNewPrivileges: true,
    hasSystemCallFilter: true,
    users: [990],
    groups: [980],
  };
  expect(describePrivileges(privileges)).toEqual({
    user: "990",
    group: "980",
    capabilities: "CAP_SYS_PTRACE,CAP_BPF",
    bounding: "none",
    no_new_privs: "yes",
    seccomp: "filter",
  });
  const all = (1n << BigInt(CAPABILITY_NAMES.length)) - 1n;
  expect(describePrivileges({ ...privileges, bounding: all })).toMatchObject({ bounding: "all" });
});

test("capabilityNames() is the inverse of capabilitySet(), and numbers what it does not know", () => {
  expect(capabilityNames(capabilitySet(CAPABILITY_NAMES))).toEqual([...CAPABILITY_NAMES]);
  expect(capabilityNames(1n << 50n)).toEqual(["CAP_50"]);
});

test("readProcessPrivileges() reads this process as capsh and proc(5) would", () => {
  const { users, effective } = readProcessPrivileges();
  expect(users).toContain(process.getuid?.() ?? -1);
  if (process.getuid?.() === 0) expect(effective).not.toBe(0n);
});
