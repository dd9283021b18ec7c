/** @module Options of the gRPC API. */
import { boolean, list, path, text } from "../../config/kind.ts";
import { optionRows } from "../../config/option.ts";

export const grpcRows = optionRows(() => ({
  "grpc-enabled": {
    group: "gRPC API",
    from: "tetrad",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Serve Tetragon's gRPC API on --server-address. Needed only while events go out over UDP, where it is closed otherwise; --grpc-enabled=false closes it in any case.",
  },
  "server-address": {
    group: "gRPC API",
    from: "tetragon",
    support: "used",
    placeholder: "ADDRESS",
    kind: text(),
    default: "localhost:54321",
    description:
      "Address of the gRPC API: host:port or unix:///path. Empty: closed. The default opens where no exporter is set or the sensor is the source, and not while events go out over UDP.",
  },
  "enable-deprecated-tracingpolicy-grpc": {
    group: "gRPC API",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Serve EnableTracingPolicy and DisableTracingPolicy, which ConfigureTracingPolicy has replaced.",
  },
  "server-tls-cert-file": {
    group: "gRPC API",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description:
      "Certificate, and those that signed it, that the gRPC API shows to clients: PEM. Read anew when it changes.",
  },
  "server-tls-key-file": {
    group: "gRPC API",
    from: "tetragon",
    support: "used",
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "Private key of that certificate: PEM.",
  },
  "server-tls-client-ca-files": {
    group: "gRPC API",
    from: "tetragon",
    support: "used",
    placeholder: "PATHS",
    kind: list(),
    default: "",
    description: "Certificate authorities that client certificates are checked against: PEM files.",
  },
  "server-tls-require-client-cert": {
    group: "gRPC API",
    from: "tetragon",
    support: "used",
    kind: boolean(),
    default: "false",
    description:
      "Refuse gRPC clients without a certificate that one of --server-tls-client-ca-files has signed.",
  },
}));
