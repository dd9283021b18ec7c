/** @module The configuration that an installation begins with. */

/** Where it goes: the file that Tetragon reads, too. */
export const CONFIG_FILE = "/etc/tetragon/tetragon.yaml";

/**
 * The text of the file. The log goes to standard error, so to the journal, and events leave by UDP: nothing on the disk
 * grows, and nothing needs logrotate.
 */
export const DEFAULT_CONFIG = `# Configuration of tetrad. "tetrad run --help" explains every option; each can also be set by a flag or by a
# TETRAGON_* environment variable, and "tetrad config" shows what is in force and where it was set.

# One datagram an event, the first one says who is speaking.
udp-output-enabled: true
udp-output-address: 127.0.0.1
udp-output-port: 514

# Where a restart resumes: nothing lost, nothing twice.
checkpoint-file: /var/lib/tetrad/checkpoint
`;
