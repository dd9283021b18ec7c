import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { possibleCapabilities } from "../../src/agent/privileges.ts";
import { renderUnit, UNIT_NAME } from "../../src/install/unit.ts";
import { runContainer } from "../pack/container.ts";
import { missing, packedProbe, report, run, SYSTEM_PATH, scratchDirectory } from "../pack/support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const capabilities = possibleCapabilities();

const env = { PATH: SYSTEM_PATH };
/** Of ten; systemd calls up to 4.0 OK. It can only go down. */
const MAX_EXPOSURE = 2.6;

/** The values of a setting that may be repeated, in order. */
function settings(unit: string, name: string): string[] {
  return unit
    .split("\n")
    .flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
}

test("renderUnit() grants the named capabilities and no others", () => {
  const unit = renderUnit({ executable: "/usr/local/bin/tetrad", capabilities });
  for (const name of ["AmbientCapabilities", "CapabilityBoundingSet"]) {
    expect(settings(unit, name)).toEqual([capabilities.map(({ name }) => name).join(" ")]);
  }
  expect(capabilities.map(({ name }) => name).sort()).toEqual([
    "CAP_BPF",
    "CAP_DAC_READ_SEARCH",
    "CAP_NET_ADMIN",
    "CAP_NET_BIND_SERVICE",
    "CAP_PERFMON",
    "CAP_SYS_PTRACE",
  ]);
  expect(settings(unit, "NoNewPrivileges")).toEqual(["yes"]);
  expect(settings(unit, "Type")).toEqual(["notify"]);
});

describe.skipIf(missing(["systemd-analyze"]))("systemd-analyze", () => {
  const directory = join(scratchDirectory(), "unit");
  const file = join(directory, UNIT_NAME);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, renderUnit({ executable: "/bin/true", capabilities }));

  test("verify finds nothing to complain about", () => {
    expect(run(["systemd-analyze", "verify", file], env)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test(`security rates the exposure at ${MAX_EXPOSURE} or less`, () => {
    const { code, stdout } = run(
      [
        "systemd-analyze",
        "security",
        "--offline=true",
        "--no-pager",
        `--threshold=${MAX_EXPOSURE * 10}`,
        file,
      ],
      env,
    );
    expect(stdout).toMatch(/Overall exposure level/);
    expect(code).toBe(0);
  });
});

describe.skipIf(missing(["gcc", "systemd-analyze", "runc"], { root: true }))(
  "the unit's system call filter",
  () => {
    /** The calls of a group such as `@system-service`, groups in it resolved. */
    function callsOf(group: string): string[] {
      const { stdout } = run(["systemd-analyze", "syscall-filter", "--no-pager", group], env);
      return stdout.split("\n").flatMap((line) => {
        const name = line.trim();
        if (!line.startsWith("    ") || name.startsWith("#")) return [];
        return name.startsWith("@") ? callsOf(name) : [name];
      });
    }

    test("lets a compiled program start, use the network and start children", () => {
      const allowed = new Set(callsOf("@default"));
      for (const value of settings(renderUnit({ executable: "/tetrad", capabilities }), "SystemCallFilter")) {
        const isDenied = value.startsWith("~");
        for (const name of value.replace("~", "").split(" ")) {
          for (const call of name.startsWith("@") ? callsOf(name) : [name]) {
            if (isDenied) allowed.delete(call);
            else allowed.add(call);
          }
        }
      }
      expect(allowed.has("bpf")).toBe(true);
      expect(allowed.has("mount")).toBe(false);
      const ended = runContainer(packedProbe(), {
        args: ["quiet", "/tetrad"],
        user: 1000,
        allowed: [...allowed],
      });
      expect(report(ended).child).toContain('"execPath":"/tetrad"');
    });
  },
);
