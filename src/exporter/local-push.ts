/** @module How lines are pushed to what is on this host: files and standard output. */
import { EVERY_SECOND } from "../lib/backoff.ts";
import type { PushSettings } from "./delivery/push-sender.ts";

/** Pushes what there is at once, as much as one write takes, until it is written: a disk is not given up on. */
export const LOCAL_PUSH: PushSettings = {
  batch: { maxEvents: 16_384, maxBytes: 1024 * 1024 },
  lingerMs: 0,
  timeoutMs: 0,
  backoff: EVERY_SECOND,
};
