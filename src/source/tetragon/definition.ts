/** @module What the gRPC sources declare: a running Tetragon, over its API. */
import { quote } from "../../config/error.ts";
import { parseTarget } from "../../lib/grpc/target.ts";
import { TetradError } from "../../os/error.ts";
import { defineSource } from "../source.ts";
import { grpcTlsRows } from "./options.ts";

const EXAMPLE_HOST = "tetragon-grpc.kube-system.svc.cluster.local:54321";

/** @throws TetradError `config` for an address that is none. */
function targetOf(type: string, argument: string) {
  const target = parseTarget(argument);
  if (target !== undefined) return target;
  throw new TetradError(
    "config",
    `Cannot use --event-source ${quote(`${type}:${argument}`)}: expected ${type}:HOST:PORT or ${type}:unix:///PATH`,
  );
}

export const grpc = defineSource({
  type: "grpc",
  summary: "grpc:HOST:PORT or grpc:unix:///PATH for the API of a running Tetragon",
  argument: { placeholder: "HOST:PORT", what: "address", example: `grpc:${EXAMPLE_HOST}` },
  options: () => ({}),
  async create({ argument, ...settings }) {
    const { TetragonSource } = await import("./tetragon-source.ts");
    return new TetragonSource({ ...settings, type: "grpc", target: targetOf("grpc", argument) });
  },
});

export const grpcTls = defineSource({
  type: "grpc+tls",
  summary: "grpc+tls:HOST:PORT, the same over TLS",
  argument: { placeholder: "HOST:PORT", what: "address", example: `grpc+tls:${EXAMPLE_HOST}` },
  options: grpcTlsRows,
  unused: "Without a grpc+tls source",
  async create({ argument, values, ...settings }) {
    const { TetragonSource } = await import("./tetragon-source.ts");
    return new TetragonSource({
      ...settings,
      type: "grpc+tls",
      target: targetOf("grpc+tls", argument),
      tls: {
        ca: values["tls-ca-cert-files"],
        cert: values["tls-cert-file"],
        key: values["tls-key-file"],
        serverName: values["tls-server-name"],
        skipsVerification: values["tls-skip-verify"],
      },
    });
  },
});
