/** @module Images that processes have in common which ran before the sensor. */
import type { ProcessImage } from "./image.ts";

/** Thousands of processes may run the same program with the same arguments. They share one image. */
export class ImagePool {
  readonly #images = new Map<string, ProcessImage>();

  /** An image that is equal to `image`: the first one of its kind. */
  share(image: ProcessImage): ProcessImage {
    // Its key would take as much memory again, and such ones are seldom alike.
    if (image.isLong) return image;
    const { program, login, privileges, credentials, user, environment } = image.text;
    const parts = [program, login, privileges, credentials, user, environment];
    const key = Buffer.concat(parts).toString("latin1") + image.flags + image.mayBeForged;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    this.#images.set(key, image);
    return image;
  }
}
