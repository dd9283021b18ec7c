/** @module The systemd unit of the agent: as little authority as its sources need. */

import type { CapabilityName } from "../os/capability.ts";

/** A capability that the service is given. */
export interface UnitCapability {
  readonly name: CapabilityName;
  /** What for. */
  readonly why: string;
}

/** What a unit is made from. */
export interface UnitSettings {
  /** Absolute path of the installed executable. */
  readonly executable: string;
  /** All that a component may need, whatever the options. */
  readonly capabilities: readonly UnitCapability[];
}

/** The unit's name. */
export const UNIT_NAME = "tetrad.service";

/** The text of the unit (systemd.unit(5), systemd.service(5), systemd.exec(5)). */
export function renderUnit({ executable, capabilities: needs }: UnitSettings): string {
  const capabilities = needs.map(({ name }) => name).join(" ");
  const reasons = needs.map(({ name, why }) => `# ${name}: ${why}.`).join("\n");
  return `[Unit]
Description=tetrad, runtime-security events over UDP
After=network.target local-fs.target

[Service]
Type=notify
NotifyAccess=main
ExecStart=${executable} run
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30s
TimeoutStopSec=30s
Restart=on-failure
RestartSec=2s
# A wrong configuration (2) and a host that lacks something (3) do not get better by themselves.
RestartPreventExitStatus=2 3

# A user that exists while the agent runs, with these capabilities and no way to others.
${reasons}
DynamicUser=yes
User=tetrad
AmbientCapabilities=${capabilities}
CapabilityBoundingSet=${capabilities}
NoNewPrivileges=yes

# /var/lib/tetrad, /var/log/tetrad and /run/tetrad are all that it may write.
ProtectSystem=strict
StateDirectory=tetrad
LogsDirectory=tetrad
RuntimeDirectory=tetrad
StateDirectoryMode=0750
LogsDirectoryMode=0750
UMask=0077

ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service bpf perf_event_open
SystemCallFilter=~@resources @privileged @mount @swap @reboot @module @raw-io @cpu-emulation @obsolete
SystemCallFilter=bpf capset prctl
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute would stop JavaScript's compiler; ProtectProc and a private user or process namespace would
# hide what is watched; ProtectHostname would change a namespace that events report.

# What the kernel records waits in a buffer of fixed size: its reader gets a turn where others take all of the machine.
Nice=-15
CPUWeight=1000
IOWeight=1000
OOMScoreAdjust=-900

MemoryHigh=192M
MemoryMax=256M
TasksMax=64
# Before Linux 5.11 BPF maps count as locked memory.
LimitMEMLOCK=infinity
LimitNOFILE=65536
LimitCORE=0

[Install]
WantedBy=multi-user.target
`;
}
