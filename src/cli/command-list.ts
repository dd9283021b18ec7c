/** @module The commands by name, as the help text lists them. */

/** Every command and what it does. */
export const COMMAND_DESCRIPTIONS = {
  run: "Run the agent. The default: its name may be left out.",
  listen: "Receive datagrams, print and check them.",
  metadata: "Print the agent_init event that a start with the same flags would send.",
  config: "Print the value of every option and where it was set; --json for machines.",
  install: "Install this executable as a service of systemd; --dry-run shows how.",
  uninstall: "Stop the service and remove it.",
  doctor: "Say what the sensor needs and finds on this host, and what running agents may still do.",
  version: "Print version, commit, date, Bun and target; --licenses for the licences of all that is inside.",
} as const;

export type CommandName = keyof typeof COMMAND_DESCRIPTIONS;
