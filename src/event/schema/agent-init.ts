/** @module The metadata event, `agent_init`: the first datagram of every start. */
import * as v from "valibot";
import { jsonObject } from "./message.ts";
import { string, timestamp, uint32 } from "./scalar.ts";

const isUtc = (time: string): boolean => time.endsWith("Z");

/**
 * The metadata event. What the host or the build does not know is left out; six fields are always known.
 * Fields beyond the twelve are let through, as with events.
 */
export const AgentInit = v.pipe(
  jsonObject,
  v.looseObject({
    "@timestamp": v.pipe(timestamp, v.check(isUtc, "UTC time")),
    event: v.literal("agent_init"),
    tetragon_version: string,
    build_commit: v.optional(string),
    build_date: v.optional(string),
    hostname: v.optional(string),
    os: v.literal("linux"),
    kernel_version: v.optional(string),
    pid: v.pipe(uint32, v.number()),
    udp_destination: v.optional(string),
    udp_buffer_size: v.optional(v.pipe(uint32, v.number())),
    uptime: v.literal("initialized at 0"),
  }),
);

/** The metadata event. */
export type AgentInit = v.InferOutput<typeof AgentInit>;
