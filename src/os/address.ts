/** @module Memory addresses of JavaScript buffers, for the kernel to read from. */
import { ptr } from "bun:ffi";

/**
 * The address of the buffer's first byte. It holds for as long as the buffer is referenced: JavaScriptCore does
 * not move the storage of array buffers.
 */
export function addressOf(buffer: Uint8Array): number {
  return ptr(buffer);
}
