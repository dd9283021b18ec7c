/** @module Options of the gRPC sources. The names are those of `tetra`. */
import { boolean, list, path, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

/** Options of `grpc+tls:`. */
export const grpcTlsRows = optionRows(() => ({
  "tls-ca-cert-files": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "PATH,...",
    kind: list(),
    default: "",
    description:
      "PEM files with the authorities that may have signed the certificate of a grpc+tls: server. Empty: those of the host.",
  },
  "tls-cert-file": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "PEM file with the certificate that is shown to a grpc+tls: server. Needs --tls-key-file.",
  },
  "tls-key-file": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "PEM file with the key of --tls-cert-file.",
  },
  "tls-server-name": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    placeholder: "NAME",
    kind: text(),
    default: "",
    description: "Name that the certificate of a grpc+tls: server must have. Empty: the host of the address.",
  },
  "tls-skip-verify": {
    group: "Sources",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Take any certificate of a grpc+tls: server. Whoever is on the way can then read and change every event.",
  },
}));
