/** Syslog daemons that are not ours. `scripts/ci/peers.sh` installs them. */
import { join } from "node:path";

const SYSLOG_NG = join(import.meta.dir, "../../.tmp/peers/syslog-ng");

/** A syslog daemon. */
export interface Daemon {
  readonly name: string;
  readonly executable: string;
  readonly env?: Record<string, string>;
  /** A template with type, host, facility, severity and application. */
  readonly header: string;
  /** Makes of a document's lines a whole configuration, which listens at another port than theirs. */
  readonly wrap: (lines: string, port: number) => string;
  readonly args: (directory: string, config: string) => string[];
}

export const DAEMONS: readonly Daemon[] = [
  {
    name: "rsyslog",
    executable: "/usr/sbin/rsyslogd",
    header: "%msgid% %hostname% %syslogfacility-text% %syslogseverity-text% %app-name%",
    wrap: (lines, port) => lines.replace(/port="\d+"/, `address="127.0.0.1" port="${port}"`),
    args: (directory, config) => ["-n", "-f", config, "-i", join(directory, "pid")],
  },
  {
    name: "syslog-ng",
    executable: join(SYSLOG_NG, "usr/sbin/syslog-ng"),
    env: { LD_LIBRARY_PATH: join(SYSLOG_NG, "usr/lib/syslog-ng") },
    header: ["MSGID", "HOST", "FACILITY", "LEVEL", "PROGRAM"].map((name) => `$\{${name}}`).join(" "),
    wrap: (lines, port) =>
      `@version: 3.38\n${lines.replace("0.0.0.0", "127.0.0.1").replace(/port\(\d+\)/, `port(${port})`)}`,
    args: (directory, config) => [
      ...["--foreground", "--no-caps", `--cfgfile=${config}`],
      `--module-path=${join(SYSLOG_NG, "usr/lib/syslog-ng/3.38")}`,
      ...["persist-file", "pidfile", "control"].map((name) => `--${name}=${join(directory, name)}`),
    ],
  },
];
