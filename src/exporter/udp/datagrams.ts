/** @module Datagrams that are made of lines, and are not just these. */
import type { LineView } from "../../event/batch.ts";
import type { DatagramSender } from "../../os/datagram-sender.ts";

/** Datagrams that hold events, and which: several, one, or a part of one. */
export interface Datagrams extends LineView {
  /** Events that are whole once datagram `i` has left. Where it is too long to leave, one that nothing makes fit. */
  eventsAt(i: number): number;
  /** Number of the first line that is not whole in datagrams `0` to `i - 1`. */
  lineAt(i: number): number;
  /** Number of the datagram after the last one with a part of the events of datagram `i`. */
  endOfEventAt(i: number): number;
  /** Whether an event that is whole with datagram `i` is shorter than it came. */
  isShortenedAt(i: number): boolean;
  /** Adds datagram `i` to what is sent next. */
  addTo(sender: DatagramSender, i: number): void;
}

/** Makes datagrams of lines: joined and compressed, or in the envelope of a format. */
export interface Packing {
  /**
   * Packs lines from number `first` on, in order: all, or the first of them.
   * @param mayWait Whether lines that make no full datagram are left for later.
   * @param most Datagrams that are wanted.
   */
  pack(lines: LineView, mayWait: boolean, most?: number, first?: number): Datagrams;
  /** The first of the datagrams have left or were given up; the others are made again. */
  settle(count: number): void;
  /** No part of an event has left: the receiver is another one, or the event is gone. */
  forget(): void;
}
