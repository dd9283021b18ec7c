import { expect, test } from "bun:test";
import { OptionTable } from "../../../src/config/table.ts";
import { limitsOfDatagrams } from "../../../src/exporter/udp/limits.ts";
import { udpRows } from "../../../src/exporter/udp/options.ts";

const { defaults } = OptionTable.of(udpRows());

/** What is warned of where these options are set. */
function warnings(set: Partial<typeof defaults>): readonly string[] {
  const isSet = (name: string) => Object.hasOwn(set, name);
  return limitsOfDatagrams({ values: { ...defaults, ...set }, isSet, origin: () => "flag" }).warnings ?? [];
}

test("limitsOfDatagrams() warns of compression of single events, where batches can be had", () => {
  const ofSingles = expect.stringContaining(
    "--udp-compression without --udp-batch compresses each event by itself",
  );
  for (const compression of ["zstd", "gzip", "zlib"] as const) {
    expect(warnings({ "udp-compression": compression })).toEqual([ofSingles]);
    expect(warnings({ "udp-compression": compression, "udp-batch": true })).toEqual([]);
  }
  expect(warnings({})).toEqual([]);
  expect(warnings({ "udp-format": "gelf", "udp-compression": "gzip" })).toEqual([]);
});
