/** @module Rows that are the events/s of one contestant over those of another, in turns. */
import type { Contestant } from "../contestants.ts";
import { type Fixture, prepareFixture } from "../fixture.ts";
import { buildNativePrograms, programPath } from "../native.ts";
import { SEED, type Size } from "../sizes.ts";
import { median } from "../statistics.ts";
import { runOnce } from "../throughput.ts";
import { type Goal, NotMeasured, type Row, type RowSettings } from "./row.ts";

/** Two contestants on one file. */
export interface RateRow extends Pick<Row, "name" | "label"> {
  readonly goal: Goal;
  readonly size: Size;
  /** Makes the two; whose rate is divided, and by whose. */
  contestants(settings: RowSettings, fixture: Fixture): readonly [measured: Contestant, by: Contestant];
}

/** Events/s of one contestant, once. @throws Error when it fails or loses events. */
export async function rateOf(contestant: Contestant, fixture: Fixture): Promise<number> {
  if (!buildNativePrograms()) throw new NotMeasured("the receiver needs a C compiler: install gcc");
  const { eventsPerSecond, failure, lost } = await runOnce(contestant, fixture, programPath("count"));
  if (failure !== undefined) throw new Error(`${contestant.label} ${failure}`);
  // Metadata that is sent again comes on top.
  if (lost > 0 && contestant.isOurs) throw new Error(`${contestant.label} lost ${lost} events`);
  return eventsPerSecond;
}

/** Makes a row of it: the median of the ratios of all rounds. The two take turns, so that the host's other work meets both. */
export function rateRow({ size, contestants, ...row }: RateRow): Row {
  return {
    ...row,
    kind: "time",
    unit: "",
    digits: 2,
    async measure(settings) {
      const { isQuick, rounds, onProgress } = settings;
      const { meanBytes, events, quickEvents } = size;
      const fixture = prepareFixture({ meanBytes, count: isQuick ? quickEvents : events, seed: SEED });
      const [measured, by] = contestants(settings, fixture);
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const order = round % 2 === 0 ? [measured, by] : [by, measured];
        const rates = new Map<Contestant, number>();
        for (const contestant of order) rates.set(contestant, await rateOf(contestant, fixture));
        const ratio = rates.get(measured)! / rates.get(by)!;
        ratios.push(ratio);
        onProgress(`${row.name}: round ${round + 1}/${rounds}: ${ratio.toFixed(2)}`);
      }
      return median(ratios);
    },
  };
}
