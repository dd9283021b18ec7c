/** @module Images that many processes have in common. */
import type { ProcessImage } from "./process.ts";

/** Programs whose last image is remembered. */
const CAPACITY = 256;

/**
 * Thousands of processes may run the same program with the same arguments in the same directory. They share one
 * image, and the texts in it.
 */
export class ImagePool {
  /** The last image of each program, by its path. */
  readonly #images = new Map<string, ProcessImage>();

  /** An image that is equal to `image`, and the same as before if the program's last one was equal. */
  share(image: ProcessImage): ProcessImage {
    const known = this.#images.get(image.binary);
    if (known !== undefined && areEqual(known, image)) return known;
    if (this.#images.size >= CAPACITY) this.#images.clear();
    this.#images.set(image.binary, image);
    return image;
  }
}

function areEqual(a: ProcessImage, b: ProcessImage): boolean {
  return (
    a.uid === b.uid &&
    a.auid === b.auid &&
    a.cwd === b.cwd &&
    a.binary === b.binary &&
    a.arguments === b.arguments &&
    a.docker === b.docker &&
    a.capabilitiesJson === b.capabilitiesJson &&
    a.credentialsJson === b.credentialsJson &&
    a.userJson === b.userJson &&
    a.environmentJson === b.environmentJson
  );
}
