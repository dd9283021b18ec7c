/** @module What the native sensor declares. */
import type { OptionView } from "../../config/config.ts";
import { withoutEffect } from "../../config/findings.ts";
import type { ValuesOf } from "../../config/option.ts";
import { compileAsUsual } from "../../os/compiler.ts";
import { defineSource, type SourceIdentity, type SourceSettings } from "../source.ts";
import { SENSOR_CAPABILITIES } from "./capabilities.ts";
import { sensorRows } from "./options.ts";
import type { SensorSettings } from "./settings.ts";

type SensorRows = ReturnType<typeof sensorRows>;

export const sensor = defineSource({
  type: "sensor",
  summary: "sensor, the agent's own eBPF programs",
  automatic: { argument: "", summary: "the sensor where the agent may load eBPF" },
  options: sensorRows,
  unused: "Without the sensor",
  usesIdentity: true,
  capabilities: SENSOR_CAPABILITIES,
  check: (config) => ({ warnings: [...ancestorTypes(config), ...withoutEnvironment(config)] }),
  async create({ values, nodeName, clusterName, user, identity, ...settings }) {
    // Reads megabytes of type information before there is an event.
    compileAsUsual();
    const { SensorSource } = await import("./index.ts");
    const own = {
      ...sensorSettings(values),
      nodeName: nodeName ?? "",
      clusterName,
      user,
      ...(identity !== undefined && (await identitySettings(identity, settings))),
      ...(values["enable-tracing-policy-crd"] && { policyClient: identity?.client }),
    };
    return new SensorSource(own, settings);
  },
});

/** What the sensor is given to say of which pods events are. */
async function identitySettings(
  { containers, nodeLabels, wait, pods }: SourceIdentity,
  { counters, log }: Pick<SourceSettings, "counters" | "log">,
): Promise<Pick<SensorSettings, "containers" | "nodeLabels" | "createPodRoom" | "pods">> {
  const [{ PodRoom }, { InternalErrors }] = await Promise.all([
    import("./event/pod-room.ts"),
    import("../../telemetry/internal-errors.ts"),
  ]);
  const errors = new InternalErrors(counters, log);
  return {
    containers,
    nodeLabels,
    pods,
    createPodRoom: (wake) => new PodRoom({ wait, wake, onError: (error) => errors.report(error) }),
  };
}

/** As in Tetragon, `base` is what all other types need. */
function ancestorTypes({ values }: OptionView<SensorRows>): string[] {
  const types = values["enable-ancestors"];
  const asOption = (list: readonly string[]) =>
    list.length === 0 ? [] : [`enable-ancestors=${list.join(",")}`];
  if (!types.includes("base")) return withoutEffect("Without base among them", asOption(types));
  const others = types.filter((type) => !["base", "kprobe", "tracepoint", "uprobe", "usdt"].includes(type));
  return withoutEffect("The sensor makes no such events, so", asOption(others));
}

function withoutEnvironment({ values }: OptionView<SensorRows>): string[] {
  if (values["enable-process-environment-variables"]) return [];
  const isFiltered = values["filter-environment-variables"].length > 0;
  return withoutEffect(
    "Without --enable-process-environment-variables",
    isFiltered ? ["filter-environment-variables"] : [],
  );
}

function sensorSettings(values: ValuesOf<SensorRows>): Omit<SensorSettings, "nodeName" | "clusterName"> {
  const ringBufferSize = values["rb-size"];
  return {
    ...(values["sensor-scope"] !== "" && { scope: values["sensor-scope"] }),
    processCacheSize: values["process-cache-size"],
    ...(ringBufferSize > 0 && { ringBufferSize }),
    nice: values["sensor-nice"] === "auto" ? "auto" : Number(values["sensor-nice"]),
    processCacheMemory: values["process-cache-memory"],
    maxArgumentsSize: values["max-args-size"],
    btf: values.btf,
    procfs: values.procfs,
    credentials: values["enable-process-cred"],
    namespaces: values["enable-process-ns"],
    ancestors: values["enable-ancestors"].includes("base"),
    kprobeAncestors: values["enable-ancestors"].includes("kprobe"),
    tracepointAncestors: values["enable-ancestors"].includes("tracepoint"),
    uprobeAncestors: values["enable-ancestors"].includes("uprobe"),
    usdtAncestors: values["enable-ancestors"].includes("usdt"),
    lsmAncestors: values["enable-ancestors"].includes("lsm"),
    environment: values["enable-process-environment-variables"],
    environmentFilter: values["filter-environment-variables"],
    policyFiles: {
      files: values["tracing-policy"],
      directory: values["tracing-policy-dir"],
      isStrict: values["tracing-policy-strict"],
      areFixed: values["no-runtime-policies"],
      keptIn: values["persist-grpc-policies"] ? values["persist-grpc-policies-dir"] : "",
      programs: {
        directory: values["bpf-dir"],
        keeps: values["keep-sensors-on-exit"],
        releases: values["release-pinned-bpf"],
      },
    },
    exposesStackAddresses: values["expose-stack-addresses"],
    policyRequests: values["enable-policy-requests"],
    probes: values,
    usernames: values["username-metadata"] === "unix",
  };
}
