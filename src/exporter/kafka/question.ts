/** @module What a broker is asked, and what it answers. */
import type { ApiName } from "../../lib/kafka/requests.ts";
import type { Reader, Writer } from "../../lib/kafka/wire.ts";

/** What was asked, and what came. */
export interface Answer {
  readonly from: Reader;
  readonly version: number;
}

/** A request. */
export interface Question {
  readonly name: ApiName;
  /** The least version that will do. @default that of the API */
  readonly least?: number;
  /** Bytes that it will probably have. */
  readonly room?: number;
  write(to: Writer): void;
}
