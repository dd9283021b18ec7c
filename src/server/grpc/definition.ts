/** @module What the gRPC API declares. */
import type { OptionView } from "../../config/config.ts";
import type { ValuesOf } from "../../config/option.ts";
import { addressProblems, BIND_CAPABILITY, portOf } from "../addresses.ts";
import { defineServer } from "../definition.ts";
import { grpcRows } from "./options.ts";

type GrpcRows = ReturnType<typeof grpcRows>;

export const grpc = defineServer({
  type: "grpc",
  options: grpcRows,
  addressOption: "server-address",
  takesEvents: true,
  bringsPolicies: true,
  unused: "Without the gRPC API",
  capabilities: [{ ...BIND_CAPABILITY, when: (values) => portOf(values["server-address"]) < 1024 }],
  ports: ({ "server-address": address }) => [
    { protocol: address.startsWith("unix:") ? "unix" : "tcp", address, option: "server-address" },
  ],
  asked: (config) => (config.isSet("grpc-enabled") ? config.values["grpc-enabled"] : undefined),
  check: (config) => ({ problems: [...addressProblems(config, "server-address"), ...tlsProblems(config)] }),
  async create({ values, queue, log, agent }) {
    const { GrpcServer } = await import("./index.ts");
    return new GrpcServer({
      limits: queue,
      log,
      agent,
      address: values["server-address"],
      tls: tlsFiles(values),
      servesDeprecated: values["enable-deprecated-tracingpolicy-grpc"],
    });
  },
});

function tlsProblems({ values }: OptionView<GrpcRows>): string[] {
  const [cert, key] = [values["server-tls-cert-file"], values["server-tls-key-file"]];
  const authorities = values["server-tls-client-ca-files"];
  if ((cert === "") !== (key === "")) {
    const [given, missing] = cert === "" ? ["key", "cert"] : ["cert", "key"];
    return [`Cannot use --server-tls-${given}-file: needs --server-tls-${missing}-file, too`];
  }
  if (cert === "" && authorities.length > 0)
    return ["Cannot use --server-tls-client-ca-files: needs --server-tls-cert-file, too"];
  if (values["server-tls-require-client-cert"] && (cert === "" || authorities.length === 0))
    return [
      "Cannot use --server-tls-require-client-cert: needs --server-tls-cert-file and --server-tls-client-ca-files, too",
    ];
  return [];
}

function tlsFiles(values: ValuesOf<GrpcRows>) {
  const cert = values["server-tls-cert-file"];
  if (cert === "") return undefined;
  return {
    cert,
    key: values["server-tls-key-file"],
    authorities: values["server-tls-client-ca-files"],
    requiresClient: values["server-tls-require-client-cert"],
  };
}
