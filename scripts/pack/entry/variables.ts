/**
 * @module The environment variables that reach the program. Everything else is the runtime's or nobody's: Bun and
 * JavaScriptCore take orders from a few hundred variables (`BUN_BE_BUN`, `BUN_OPTIONS`, `BUN_JSC_*`), which would let
 * whoever starts the agent run any script with the agent's rights.
 */

/** Names, or the beginning of names and `*`. */
export const ALLOWED_VARIABLES: readonly string[] = [
  // The agent's own options, and facts about it from Kubernetes' downward API.
  "TETRAGON_*",
  "HUBBLE_NODE_NAME",
  "NODE_NAME",
  "POD_NAME",
  "POD_NAMESPACE",
  "POD_UID",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
  // What OpenTelemetry's programs share: `OTEL_SDK_DISABLED`, and variables of the rows of options.
  "OTEL_SDK_DISABLED",
  "OTEL_EXPORTER_OTLP_*",
  "OTEL_METRIC_EXPORT_INTERVAL",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_SERVICE_NAME",
  // What a service manager says: systemd.exec(5), sd_notify(3), sd_listen_fds(3).
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "LISTEN_*",
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "CREDENTIALS_DIRECTORY",
  // The terminal and the user's language.
  "TERM",
  "COLUMNS",
  "LINES",
  "COLORTERM",
  "NO_COLOR",
  "CLICOLOR",
  "CLICOLOR_FORCE",
  "FORCE_COLOR",
  "LANG",
  "LC_*",
  "TZ",
  // Who and where.
  "HOME",
  "PATH",
  "USER",
  "LOGNAME",
  "SHELL",
];
