/**
 * @module A day of a small cluster, for charts and queries: events as Tetragon writes them, of every kind that dashboards show,
 * the same ones each time but for their times, which end now.
 */

/** A Tetragon event. */
type Event = Record<string, unknown>;

const DAY_MS = 86_400_000;
const HOSTS = ["web-1", "web-2", "db-1", "build-1"] as const;
const PODS = [
  { namespace: "shop", name: "checkout-7d9f", workload: "checkout" },
  { namespace: "shop", name: "catalog-55b4", workload: "catalog" },
  { namespace: "data", name: "postgres-0", workload: "postgres" },
  { namespace: "ci", name: "runner-x2x9", workload: "runner" },
] as const;
const BINARIES = [
  "/usr/bin/node",
  "/usr/bin/curl",
  "/usr/bin/bash",
  "/usr/lib/postgresql/bin/postgres",
  "/usr/bin/git",
  "/usr/bin/whoami",
  "/usr/bin/cat",
  "/usr/sbin/sshd",
] as const;
const DESTINATIONS = ["10.0.0.12", "10.0.0.31", "192.0.2.80", "198.51.100.7", "2001:db8::5"] as const;
const PORTS = [443, 5432, 80, 53, 22] as const;
const FILES = [
  "/etc/passwd",
  "/etc/shadow",
  "/root/.ssh/authorized_keys",
  "/var/lib/app/state.db",
  "/etc/crontab",
] as const;
const FILE_CALLS = [
  "security_file_open",
  "security_path_unlink",
  "security_path_chmod",
  "security_path_rename",
  "security_path_mkdir",
] as const;
const PRIVILEGE_CALLS = [
  "__sys_setuid",
  "__x64_sys_setns",
  "__x64_sys_unshare",
  "commit_creds",
  "__x64_sys_capset",
] as const;
const CAPABILITIES = ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYSLOG", "CAP_DAC_OVERRIDE", "CAP_BPF"] as const;

/** Numbers that are the same each time (a linear congruence of Numerical Recipes). */
class Random {
  #state = 20_261_130;

  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * n);
  }

  /** The first ones more often. */
  of<T>(values: readonly T[]): T {
    return values[Math.min(this.below(values.length), this.below(values.length))]!;
  }
}

class Day {
  readonly random = new Random();
  readonly #end: number;
  #pid = 1000;

  constructor(end: number) {
    this.#end = end;
  }

  /** More of them in working hours. */
  time(): number {
    const hour = [...Array(24).keys()].flatMap(
      (each) => Array(each > 7 && each < 19 ? 5 : 1).fill(each) as number[],
    );
    return (
      this.#end -
      DAY_MS +
      this.random.of([this.random.below(24), hour[this.random.below(hour.length)]!]) * 3_600_000 +
      this.random.below(3_600_000)
    );
  }

  process(time: number, binary: string = this.random.of(BINARIES)): Event {
    const pod = this.random.below(3) === 0 ? undefined : this.random.of(PODS);
    this.#pid++;
    return {
      exec_id: Buffer.from(`demo:${time}:${this.#pid}`).toString("base64"),
      pid: this.#pid,
      tid: this.#pid,
      uid: this.random.of([0, 1000, 33, 999]),
      cwd: "/",
      binary,
      arguments: "--serve",
      flags: "execve clone",
      start_time: new Date(time).toISOString(),
      auid: 4294967295,
      cap: { effective: this.random.below(3) === 0 ? [this.random.of(CAPABILITIES), "CAP_CHOWN"] : [] },
      ...(pod !== undefined && {
        pod: {
          ...pod,
          workload_kind: "Deployment",
          container: {
            id: `containerd://${pod.name}`,
            name: pod.workload,
            image: { id: pod.workload, name: `registry.example/${pod.workload}:1` },
            security_context: { privileged: pod.namespace === "ci" },
          },
          pod_labels: { app: pod.workload },
        },
      }),
      ...(binary === "/usr/bin/bash" && {
        binary_properties: { setuid: 0, privileges_changed: ["PRIVILEGES_RAISED_EXEC_FILE_SETUID"] },
      }),
    };
  }

  event(type: string, payload: (time: number) => Event): Event {
    const time = this.time();
    return {
      [type]: payload(time),
      node_name: this.random.of(HOSTS),
      time: new Date(time).toISOString(),
      cluster_name: "demo",
    };
  }

  kprobe(call: string, args: (random: Random) => readonly Event[], policy: string, isRefused = false): Event {
    return this.event("process_kprobe", (time) => ({
      process: this.process(time),
      function_name: call,
      args: args(this.random),
      action: "KPROBE_ACTION_POST",
      policy_name: policy,
      ...(isRefused && { return: { int_arg: -13 } }),
    }));
  }

  connection(): Event {
    const isRefused = this.random.below(6) === 0;
    const sock = (random: Random): Event => {
      const daddr = random.of(DESTINATIONS);
      return {
        sock_arg: {
          family: daddr.includes(":") ? "AF_INET6" : "AF_INET",
          type: "SOCK_STREAM",
          protocol: random.below(5) === 0 ? "IPPROTO_UDP" : "IPPROTO_TCP",
          saddr: daddr.includes(":") ? "2001:db8::1" : "10.0.0.4",
          daddr,
          sport: 30_000 + random.below(30_000),
          dport: random.of(PORTS),
        },
      };
    };
    return this.kprobe("tcp_connect", (random) => [sock(random)], "network", isRefused);
  }

  /** What an agent says of itself. */
  metadata(event: string, host: string, time: number, more: Event): Event {
    return {
      "@timestamp": new Date(time).toISOString(),
      event,
      tetragon_version: host === "build-1" ? "v0.2.0" : "v0.1.0",
      hostname: host,
      node_name: host,
      os: "linux",
      kernel_version: "6.12.0",
      pid: 812,
      uptime: "initialized at 0",
      started_at: new Date(time).toISOString(),
      start_id: `00000000-0000-4000-8000-${Buffer.from(host.padEnd(6)).toString("hex")}`,
      sequence: 0,
      config_digest: "4c499291a102103766549942e99a0182",
      boot_id: "d7addf7b-e38e-47c0-be96-ed53942e86d1",
      ...more,
    };
  }
}

/** The events, each as a line. @param end When the day is over. @param factor How many: 1 is about 2,000. */
export function demoEvents(end: number, factor = 1): string[] {
  const day = new Day(end);
  const { random } = day;
  const times = (n: number, make: (i: number) => Event) =>
    Array.from({ length: Math.ceil(n * factor) }, (_, i) => make(i));
  const events = [
    ...times(700, () =>
      day.event("process_exec", (time) => ({
        process: day.process(time),
        parent: day.process(time, "/usr/bin/containerd-shim"),
      })),
    ),
    ...times(400, () =>
      day.event("process_exit", (time) => ({
        process: day.process(time),
        ...(random.below(4) === 0 && { signal: "SIGKILL" }),
      })),
    ),
    ...times(300, () => day.connection()),
    ...times(60, () =>
      day.event("process_listen", (time) => ({
        process: day.process(time, "/usr/sbin/sshd"),
        ip: "0.0.0.0",
        port: random.of([22, 8080, 5432]),
        protocol: "TCP",
      })),
    ),
    ...times(250, () =>
      day.kprobe(
        random.of(FILE_CALLS),
        (r) => [{ file_arg: { path: r.of(FILES), permission: "-rw-r--r--" } }],
        "file-access",
        random.below(5) === 0,
      ),
    ),
    ...times(120, () => day.kprobe(random.of(PRIVILEGE_CALLS), () => [{ int_arg: 0 }], "privileges")),
    ...times(80, () =>
      day.kprobe(
        "cap_capable",
        (r) => [{ capability_arg: { value: 21, name: r.of(CAPABILITIES) } }],
        "capabilities",
      ),
    ),
    ...times(15, () =>
      day.event("rate_limit_info", () => ({
        number_of_dropped_process_events: String(10 + random.below(500)),
      })),
    ),
    ...HOSTS.flatMap((host, i) => [
      day.metadata("agent_init", host, end - DAY_MS + (i + 1) * 3_600_000, {}),
      day.metadata("agent_refresh", host, end - 60_000, {
        uptime_seconds: 3600,
        dropped_queue_full: i * 11,
        dropped_send_failed: i,
        dropped_too_large: 0,
        dropped_refused: 2 * i,
      }),
    ]),
    day.metadata("agent_stop", "db-1", end - 7_200_000, {
      uptime_seconds: 9000,
      stop_reason: "signal",
      stop_detail: "SIGTERM",
    }),
    day.metadata("agent_init", "db-1", end - 7_100_000, {}),
  ];
  // What cannot be mapped: a process that is none.
  const broken = [3, 5, 9, 10].map((hours) => ({
    process_exec: { process: "?" },
    node_name: "web-2",
    time: new Date(end - hours * 3_600_000).toISOString(),
  }));
  return [...events, ...broken].map((event) => JSON.stringify(event));
}
