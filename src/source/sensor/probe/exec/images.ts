/** @module The images of the programs that were executed last. */
import type { RecordCopy } from "../../../../kernel/record/index.ts";
import type { ProcessImage } from "../../process/image.ts";
import type { Metadata } from "../../process/metadata.ts";
import { imageOfExec } from "./image.ts";
import type { ExecMemory } from "./long-memory.ts";
import type { ExecView } from "./record.ts";

/** The first field of an exec record that is about the program, as are all after it. */
const PROGRAM = "auid" satisfies keyof ExecView;

/** Bytes of records that are remembered. Their images, and what holds them, take about three times as much. */
const CAPACITY = 1 << 19;

/**
 * Most programs were executed before, as the same user, with the same arguments, in the same directory: then their
 * records are alike, byte for byte, but for what comes first, the process. So they share one image.
 */
export class ExecImages {
  readonly #metadata: Metadata;
  readonly #withCredentials: boolean;
  readonly #known = new Map<number, { readonly record: RecordCopy; readonly image: ProcessImage }>();
  #size = 0;

  constructor(metadata: Metadata, withCredentials: boolean) {
    this.#metadata = metadata;
    this.#withCredentials = withCredentials;
  }

  /**
   * The image that a record shows.
   * @param memory What the record does not have as it is to be reported.
   */
  of(record: ExecView, memory?: ExecMemory): ProcessImage {
    if (memory !== undefined) return imageOfExec(record, this.#metadata, this.#withCredentials, memory);
    const hash = record.hashFrom(PROGRAM);
    const known = this.#known.get(hash);
    if (known !== undefined && record.equalsFrom(PROGRAM, known.record)) return known.image;
    const image = imageOfExec(record, this.#metadata, this.#withCredentials);
    const copy = record.copyFrom(PROGRAM);
    this.#size += copy.size - (known?.record.size ?? 0);
    if (this.#size > CAPACITY) {
      this.clear();
      this.#size = copy.size;
    }
    this.#known.set(hash, { record: copy, image });
    return image;
  }

  /** Forgets all of them, since what records mean has changed. */
  clear(): void {
    this.#known.clear();
    this.#size = 0;
  }
}
