// Generated from the components' options.ts by scripts/generate.ts: edit there.
/** @module The value that every option has when nothing is set. A text, which is read faster than rows are made. */

/** By section of the table, in its order. */
export const OPTION_DEFAULTS = JSON.parse(`[
{
"udp-output-enabled": false,
"udp-output-address": "127.0.0.1",
"udp-output-port": 514,
"udp-buffer-size": 65536,
"udp-max-datagram-size": 65507,
"udp-format": "json",
"udp-syslog-facility": "local0",
"udp-pad": 0,
"udp-segmentation": true,
"udp-batch": false,
"udp-linger": 100,
"udp-compression": "none",
"udp-dont-fragment": false,
"udp-resolve-interval": 30000,
"udp-when-full": "block",
"udp-multicast-ttl": 1,
"udp-multicast-interface": ""
},
{
"export-filename": "",
"export-file-max-size-mb": 10,
"export-file-max-backups": 5,
"export-file-rotation-interval": 0,
"export-file-compress": false,
"export-file-perm": 384,
"export-file-when-full": "block"
},
{
"export-stdout": false,
"export-stdout-when-full": "block"
},
{
"elasticsearch-hosts": [],
"elasticsearch-api-key": "",
"elasticsearch-api-key-file": "",
"elasticsearch-user": "",
"elasticsearch-password": "",
"elasticsearch-password-file": "",
"elasticsearch-tls-ca-files": [],
"elasticsearch-tls-cert-file": "",
"elasticsearch-tls-key-file": "",
"elasticsearch-tls-verification": "full",
"elasticsearch-proxy": "",
"elasticsearch-timeout": 90000,
"elasticsearch-index": "logs-tetragon.log-default",
"elasticsearch-compression": "auto",
"elasticsearch-workers": 3,
"elasticsearch-bulk-max-bytes": 5242880,
"elasticsearch-bulk-max-size": 5000,
"elasticsearch-linger": 500,
"elasticsearch-backoff-init": 1000,
"elasticsearch-backoff-max": 30000,
"elasticsearch-queue-dir": "",
"elasticsearch-queue-max-bytes": 1073741824,
"elasticsearch-queue-sync": 1000,
"elasticsearch-when-full": "block",
"elasticsearch-dead-letter-file": "",
"elasticsearch-dead-letter-max-bytes": 104857600
},
{
"syslog-servers": [],
"syslog-framing": "octet-counting",
"syslog-facility": "local0",
"syslog-max-message-size": 65536,
"syslog-timeout": 30000,
"syslog-tls-ca-files": [],
"syslog-tls-cert-file": "",
"syslog-tls-key-file": "",
"syslog-tls-verification": "full",
"syslog-linger": 100,
"syslog-backoff-init": 1000,
"syslog-backoff-max": 30000,
"syslog-queue-dir": "",
"syslog-queue-max-bytes": 1073741824,
"syslog-queue-sync": 1000,
"syslog-when-full": "block"
},
{
"http-url": "",
"http-format": "ndjson",
"http-method": "post",
"http-headers": [],
"http-headers-file": "",
"http-token": "",
"http-token-file": "",
"http-compression": "gzip",
"http-workers": 2,
"http-batch-max-bytes": 1048576,
"http-batch-max-size": 1000,
"http-timeout": 30000,
"http-tls-ca-files": [],
"http-tls-cert-file": "",
"http-tls-key-file": "",
"http-tls-verification": "full",
"http-linger": 100,
"http-backoff-init": 1000,
"http-backoff-max": 30000,
"http-queue-dir": "",
"http-queue-max-bytes": 1073741824,
"http-queue-sync": 1000,
"http-when-full": "block",
"http-dead-letter-file": "",
"http-dead-letter-max-bytes": 104857600
},
{
"otlp-endpoint": "",
"otlp-logs-endpoint": "",
"otlp-protocol": "http/protobuf",
"otlp-headers": [],
"otlp-headers-file": "",
"otlp-compression": "none",
"otlp-service-name": "",
"otlp-resource-attributes": [],
"otlp-timeout": 10000,
"otlp-workers": 2,
"otlp-batch-max-bytes": 2097152,
"otlp-batch-max-size": 512,
"otlp-tls-ca-files": [],
"otlp-tls-cert-file": "",
"otlp-tls-key-file": "",
"otlp-tls-verification": "full",
"otlp-linger": 100,
"otlp-backoff-init": 1000,
"otlp-backoff-max": 30000,
"otlp-queue-dir": "",
"otlp-queue-max-bytes": 1073741824,
"otlp-queue-sync": 1000,
"otlp-when-full": "block",
"otlp-dead-letter-file": "",
"otlp-dead-letter-max-bytes": 104857600
},
{
"export-module": "",
"export-module-options": [],
"export-module-user": "",
"export-module-max-memory": 536870912,
"export-module-timeout": 30000,
"export-module-batch-max-size": 500,
"export-module-batch-max-bytes": 1048576,
"export-module-linger": 20,
"export-module-backoff-init": 100,
"export-module-backoff-max": 30000,
"export-module-queue-dir": "",
"export-module-queue-max-bytes": 1073741824,
"export-module-queue-sync": 1000,
"export-module-when-full": "drop",
"export-module-dead-letter-file": "",
"export-module-dead-letter-max-bytes": 104857600
},
{
"export-blackhole": false
},
{
"exporters": []
},
{
"event-source": ["auto"],
"max-line-size": 4194304,
"cluster-name": ""
},
{
"sensor-scope": "",
"enable-network-events": false,
"tracing-policy": [],
"tracing-policy-dir": "/etc/tetragon/tetragon.tp.d",
"enable-tracing-policy-crd": true,
"tracing-policy-strict": false,
"no-runtime-policies": false,
"persist-grpc-policies": false,
"persist-grpc-policies-dir": "/var/run/tetragon/grpc-policies",
"keep-sensors-on-exit": false,
"bpf-dir": "tetragon",
"release-pinned-bpf": true,
"expose-stack-addresses": false,
"enable-policy-requests": false,
"btf": "",
"procfs": "/proc/",
"enable-process-cred": false,
"enable-process-ns": false,
"enable-ancestors": [],
"enable-process-environment-variables": false,
"filter-environment-variables": [],
"username-metadata": "disabled",
"process-cache-size": 65536,
"max-args-size": 327680,
"sensor-nice": "auto",
"process-cache-memory": 33554432,
"rb-size": 0
},
{

},
{
"from-beginning": false,
"exit-at-end": false,
"checkpoint-file": "",
"file-poll-interval": 1000,
"max-open-files": 256
},
{

},
{
"tls-ca-cert-files": [],
"tls-cert-file": "",
"tls-key-file": "",
"tls-server-name": "",
"tls-skip-verify": false
},
{
"validate": "full"
},
{
"export-allowlist": "",
"export-denylist": "",
"enable-pid-set-filter": false
},
{
"field-filters": ""
},
{
"redaction-filters": ""
},
{
"export-rate-limit": -1,
"cgroup-rate": {"events":0,"interval":0}
},
{
"enable-export-aggregation": false,
"export-aggregation-window-size": 15000,
"export-aggregation-buffer-size": 10000
},
{
"event-queue-size": 10000,
"event-queue-bytes": 16777216,
"export-metadata": false,
"export-format": "json",
"export-syslog-facility": "local0",
"ecs-dataset": "tetragon.log",
"ecs-namespace": "default",
"ecs-spelling": "tetragon",
"ecs-original": false,
"ecs-command-line": false,
"metadata-interval": 0,
"metadata-field": [],
"kubernetes-events": false,
"kubernetes-events-state": "",
"kubernetes-events-jitter": 30000,
"log-level": "info",
"log-format": "text",
"log-file": "",
"debug": false,
"stats-interval": 0,
"shutdown-timeout": 5000,
"user": "",
"system-call-filter": true
},
{
"config-dir": "",
"help": false,
"help-all": false
},
{
"grpc-enabled": false,
"server-address": "localhost:54321",
"enable-deprecated-tracingpolicy-grpc": false,
"server-tls-cert-file": "",
"server-tls-key-file": "",
"server-tls-client-ca-files": [],
"server-tls-require-client-cert": false
},
{
"health-server-address": ":6789",
"health-server-interval": 10
},
{
"metrics-server": "",
"metrics-label-filter": ["namespace","workload","pod","binary"],
"enable-event-metrics": true
},
{
"gops-address": ""
},
{
"enable-k8s-api": false,
"k8s-kubeconfig-path": "",
"enable-cri": false,
"cri-endpoint": "",
"enable-pod-annotations": false,
"deleted-pod-cache-size": 1024,
"event-cache-retries": 15,
"event-cache-retry-delay": 2
},
{
"process-cache-gc-interval": 30000,
"rb-size-total": 0,
"rb-queue-size": 65535
},
{
"bpf-lib": "/var/lib/tetragon/",
"cpuprofile": "",
"data-cache-size": 1024,
"disable-kprobe-multi": false,
"disable-process-cache": false,
"disable-uprobe-multi": false,
"enable-cgidmap": false,
"enable-cgidmap-debug": false,
"enable-cgtrackerid": true,
"enable-compatibility-syscall64-size-type": false,
"enable-msg-handling-latency": false,
"enable-pod-info": false,
"enable-policy-filter": false,
"enable-policy-filter-cgroup-map": false,
"enable-policy-filter-debug": false,
"execve-map-entries": 0,
"execve-map-size": 0,
"expose-kernel-addresses": false,
"force-large-progs": false,
"force-small-progs": false,
"generate-docs": false,
"k8s-controlplane-retry": 1,
"kernel": "",
"memprofile": "",
"netns-dir": "/var/run/docker/netns/",
"parents-map-enabled": false,
"parents-map-entries": 0,
"parents-map-size": 0,
"pprof-address": "",
"retprobes-cache-size": 4096,
"sleepable-preload-size": 32768,
"use-perf-ring-buffer": false,
"verbose": 0
}
]`) as readonly Readonly<Record<string, unknown>>[];
