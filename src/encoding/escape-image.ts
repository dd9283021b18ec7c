/**
 * @module The program that escapes texts, as text: imported as a macro, it is made when the executable is built. Whoever
 * runs the source makes it each time.
 */
import { escapeProgram } from "./escape-program.ts";

/** The module of {@link escapeProgram}, in base64. */
export function escapeImage(): string {
  return escapeProgram().toBase64();
}
