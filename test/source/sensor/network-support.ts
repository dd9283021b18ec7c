/** @module What the tests of network events share: the events' form, and what is asked of them. */
import type { ProcessEvent, RunningSensor } from "./support.ts";

/** A socket in an event. */
export interface Socket {
  readonly family: string;
  readonly type: string;
  readonly protocol: string;
  readonly saddr: string;
  readonly daddr: string;
  readonly sport: number;
  readonly dport?: number;
  readonly cookie: string;
  readonly state: string;
}

/** What `process_tracepoint` holds. */
export interface NetworkEvent extends ProcessEvent {
  readonly subsys: string;
  readonly event: string;
  readonly policy_name: string;
  readonly action: string;
  readonly message: string;
  readonly args: readonly {
    readonly sock_arg?: Socket;
    readonly size_arg?: string;
    readonly label?: string;
  }[];
}

/** The network events so far. */
export function networkEvents(sensor: RunningSensor): NetworkEvent[] {
  return sensor.events.flatMap((event) => (event.process_tracepoint as NetworkEvent | undefined) ?? []);
}

/** The sizes that an event has, by their labels. */
export function sizes(event: NetworkEvent | undefined): Record<string, number> {
  const entries = event?.args.flatMap(({ label, size_arg }) =>
    label === undefined ? [] : [[label, Number(size_arg)] as const],
  );
  return Object.fromEntries(entries ?? []);
}
