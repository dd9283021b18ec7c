/** @module Limits of UDP that leave another one without a meaning. */
import type { OptionView } from "../../config/config.ts";
import type { Findings } from "../../config/findings.ts";
import type { ValuesOf } from "../../config/option.ts";
import type { udpRows } from "./options.ts";

/**
 * Bytes of a datagram for each byte of `--udp-buffer-size`, at most: the kernel lets fragments take four times as much, and
 * needs 2,304 bytes for one of 1,472 (net/ipv4/ip_output.c, `__ip_append_data()`).
 */
const DATAGRAM_PER_BUFFER = (4 * 1472) / 2304;

/** Whether a datagram is anything but one event as it is. */
export function isPacking(
  values: Pick<ValuesOf<ReturnType<typeof udpRows>>, "udp-batch" | "udp-compression">,
): boolean {
  return values["udp-batch"] || values["udp-compression"] !== "none";
}

/** What a format does not go with: a receiver of it would not take it apart. */
function unfit(values: ValuesOf<ReturnType<typeof udpRows>>): string[] {
  const { "udp-format": format, "udp-compression": compression } = values;
  const isNone = compression === "none";
  if (format === "json") return [];
  const problems: string[] = [];
  if (values["udp-batch"]) problems.push(`--udp-format=${format} cannot be combined with --udp-batch`);
  if (format === "rfc5424" && !isNone)
    problems.push("--udp-format=rfc5424 cannot be combined with --udp-compression: syslog has none");
  if (format === "gelf" && compression === "zstd")
    problems.push("--udp-format=gelf cannot be combined with --udp-compression=zstd: GELF has gzip and zlib");
  return problems;
}

/** Warns of limits that only some networks can keep. */
export function limitsOfDatagrams({ values, isSet }: OptionView<ReturnType<typeof udpRows>>): Findings {
  const warnings: string[] = [];
  const format = values["udp-format"];
  const problems = unfit(values);
  if (problems.length > 0) return { problems };
  if (format !== "json" && values["udp-pad"] > 0)
    warnings.push(
      `--udp-pad has no effect: with --udp-format=${format} spaces would become part of the message`,
    );
  if (format !== "rfc5424" && isSet("udp-syslog-facility"))
    warnings.push("--udp-syslog-facility has no effect: only --udp-format=rfc5424 has a facility");
  const largest = values["udp-max-datagram-size"];
  const buffer = values["udp-buffer-size"];
  if (buffer * DATAGRAM_PER_BUFFER < largest) {
    const most = Math.floor(buffer * DATAGRAM_PER_BUFFER);
    warnings.push(
      `--udp-buffer-size is ${buffer}: fragments of a datagram above ${most} bytes do not fit, and --udp-max-datagram-size is ${largest}`,
    );
  }
  if (values["udp-dont-fragment"] && !isSet("udp-max-datagram-size")) {
    warnings.push(
      "--udp-dont-fragment is set: events that are larger than the path takes are lost, unless --udp-max-datagram-size shortens them",
    );
  }
  if (values["udp-pad"] > 0 && !values["udp-segmentation"])
    warnings.push("--udp-pad has no effect: --udp-segmentation=false lets no events leave together");
  if (values["udp-pad"] > 0 && format === "json" && isPacking(values))
    warnings.push("--udp-pad has no effect: --udp-batch and --udp-compression make datagrams of their own");
  if (format === "json" && values["udp-compression"] !== "none" && !values["udp-batch"])
    warnings.push(
      "--udp-compression without --udp-batch compresses each event by itself, which takes ten times as long as in batches and more: events of the sensor may be lost",
    );
  if (isSet("udp-linger") && !values["udp-batch"])
    warnings.push("--udp-linger has no effect: without --udp-batch no event waits for others");
  return { warnings };
}
