/** @module Batches with zstd over plain datagrams: bytes on the wire, CPU, events/s. The dictionary has not seen the events. */
import { type Contestant, tetrad, validating } from "../contestants.ts";
import { type Fixture, prepareFixture } from "../fixture.ts";
import { buildNativePrograms, programPath } from "../native.ts";
import { MEDIUM, SEED, type Size, SMALL } from "../sizes.ts";
import { median } from "../statistics.ts";
import { type Measurement, runOnce } from "../throughput.ts";
import { NotMeasured, type Row, type RowSettings } from "./row.ts";

/** What of a run is compared. */
type Figure = (run: Measurement) => number;

/** Datagrams are fewer than events, so the receiver cannot know how many to wait for: it ends when none has come for a while. */
async function run(contestant: Contestant, fixture: Fixture): Promise<Measurement> {
  const measurement = await runOnce(contestant, fixture, programPath("count"));
  if (measurement.failure !== undefined) throw new Error(`${contestant.label} ${measurement.failure}`);
  return measurement;
}

function batches(executable: string): Contestant {
  return tetrad({
    executable,
    id: "tetrad-zstd",
    label: "tetrad --udp-batch --udp-compression=zstd",
    looksFor: "valid events",
    flags: ["--udp-batch", "--udp-compression=zstd"],
  });
}

function row(definition: Pick<Row, "name" | "label" | "goal" | "kind">, size: Size, figure: Figure): Row {
  return {
    ...definition,
    unit: "",
    digits: 3,
    async measure({ executable, isQuick, rounds, onProgress }: RowSettings) {
      if (!buildNativePrograms()) throw new NotMeasured("the receiver needs a C compiler: install gcc");
      const { meanBytes, events, quickEvents } = size;
      const fixture = prepareFixture({ meanBytes, count: isQuick ? quickEvents : events, seed: SEED });
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const measured = figure(await run(batches(executable), fixture));
        const ratio = measured / figure(await run(validating(executable), fixture));
        ratios.push(ratio);
        onProgress(`${definition.name}: round ${round + 1}/${rounds}: ${ratio.toFixed(3)}`);
      }
      return median(ratios);
    },
  };
}

export const batchBytes = row(
  {
    name: "formats/zstd bytes",
    label: "bytes of zstd batches over plain, 1.8 KB",
    goal: { atMost: 0.15 },
    kind: "memory",
  },
  MEDIUM,
  ({ bytes }) => bytes,
);

export const batchCpu = row(
  {
    name: "formats/zstd CPU",
    label: "CPU per event of zstd batches over plain, 1.8 KB",
    goal: { atMost: 1.4 },
    kind: "CPU",
  },
  MEDIUM,
  ({ cpuSecondsPerMillion }) => cpuSecondsPerMillion,
);

export const batchRate = row(
  {
    name: "formats/zstd rate",
    label: "events/s of zstd batches over plain, 200 B",
    goal: { atLeast: 2 },
    kind: "time",
  },
  SMALL,
  ({ seconds }) => 1 / seconds,
);
