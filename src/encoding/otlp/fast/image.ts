/** @module The program that writes attributes, as text: imported as a macro, it is made when the executable is built. */
import { recordProgram } from "./program.ts";

/** The module of {@link recordProgram}, in base64. */
export function recordImage(): string {
  return recordProgram().toBase64();
}
