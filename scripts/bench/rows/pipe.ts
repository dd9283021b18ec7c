/** @module A pipe is to be as fast as a file. */
import { tetradFromPipe, validating } from "../contestants.ts";
import { MEDIUM } from "../sizes.ts";
import { rateRow } from "./rates.ts";

export const pipe = rateRow({
  name: "throughput/pipe over file",
  label: "events/s from a pipe over those from a file, 1.8 KB, validated",
  goal: { atLeast: 0.97 },
  size: MEDIUM,
  contestants: ({ executable }) => [tetradFromPipe(executable), validating(executable)],
});
