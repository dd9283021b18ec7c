/** @module Flags of every command that speaks to a running agent: those of `tetra`. */
import type { FlagTable, FlagValues } from "../../config/flags.ts";
import { boolean, checkedText, duration, integer, list, path, text } from "../../config/kind.ts";
import { parseTarget, TARGET } from "../../lib/grpc/target.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK } from "../exit-code.ts";

const MAX_RECEIVE_BYTES = 1024 ** 3;

/** Where the server is and how to get there. */
export const API_FLAGS = {
  "server-address": {
    placeholder: "ADDRESS",
    kind: checkedText(TARGET, (address) => address === "" || parseTarget(address) !== undefined),
    default: "",
    description:
      "Address of the API: HOST:PORT or unix:///PATH. Empty: what /var/run/tetragon/tetragon-info.json says, and localhost:54321 without that file.",
  },
  timeout: {
    placeholder: "DURATION",
    kind: duration({ min: 1 }),
    default: "30s",
    description: "How long the connection and an answer may take, retries included.",
  },
  retries: {
    placeholder: "N",
    kind: integer({ min: 0, max: 100 }),
    default: "1",
    description: "How often a server that is not available is tried again, after up to 1, 2, 4, ... seconds.",
  },
  "max-recv-size": {
    placeholder: "BYTES",
    kind: integer({ min: 1024, max: MAX_RECEIVE_BYTES }),
    default: "10485760",
    description: "Longest message that is taken from the server.",
  },
  "tls-ca-cert-files": {
    placeholder: "PATH,...",
    kind: list(),
    default: "",
    description:
      "PEM files with the authorities that may have signed the server's certificate. Speaks TLS, as --tls-cert-file does.",
  },
  "tls-cert-file": {
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "PEM file with the certificate that is shown to the server. Needs --tls-key-file.",
  },
  "tls-key-file": {
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "PEM file with the key of --tls-cert-file.",
  },
  "tls-server-name": {
    placeholder: "NAME",
    kind: text(),
    default: "",
    description: "Name that the server's certificate must have. Empty: the host of the address.",
  },
  "tls-skip-verify": {
    kind: boolean(),
    default: "false",
    description: "Take any certificate. Whoever is on the way can then read and change everything.",
  },
  debug: {
    kind: boolean(),
    default: "false",
    shorthand: "d",
    description: "Say on standard error what is tried.",
  },
} as const satisfies FlagTable;

/** Values of {@link API_FLAGS}. */
export type ApiValues = FlagValues<typeof API_FLAGS>;

/** How commands end that ask a server once. */
export const API_EXIT_CODES = {
  [EXIT_OK]: "the server has answered",
  [EXIT_FAILED]: "it could not be reached, or refused; standard error says why",
  [EXIT_CONFIG]: "a flag or argument is wrong",
};
