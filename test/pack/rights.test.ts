import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { missing, NOBODY, packedProbe, report, run, SYSTEM_PATH, scratchDirectory } from "./support.ts";

// Whatever comes first compiles and packs an executable.
setDefaultTimeout(120_000);

const env = { PATH: SYSTEM_PATH };

describe.skipIf(missing(["gcc", "setcap", "setpriv"], { root: true }))(
  "with rights of its own, the executable",
  () => {
    const setpriv = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    const file = join(scratchDirectory(), "rights");

    test("starts with file capabilities, where the loader trusts no environment", () => {
      copyFileSync(packedProbe(), file);
      run(["chmod", "755", scratchDirectory()], env);
      expect(run(["setcap", "cap_net_raw+ep", file], env).code).toBe(0);
      const seen = report(run([...setpriv, file, "all", "/bin/cat", "/proc/self/status"], env));
      expect(seen.received).toBe("datagram");
      expect(seen.execPath).toBe(file);
      expect(run(["setcap", "-r", file], env).code).toBe(0);
    });

    test("starts for a user who may execute it but not read it", () => {
      copyFileSync(packedProbe(), file);
      expect(run(["chmod", "0111", file], env).code).toBe(0);
      expect(report(run([...setpriv, file], env)).received).toBe("datagram");
    });

    test("starts where memfd_create without MFD_NOEXEC_SEAL is forbidden", () => {
      const sysctl = "/proc/sys/vm/memfd_noexec";
      const script = `[ ! -e ${sysctl} ] || echo 2 > ${sysctl}; exec "$0" quiet`;
      const ended = run(
        ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-ec", script, packedProbe()],
        env,
      );
      expect(report(ended).execPath).toBe(packedProbe());
    });
  },
);
