/** @module Text from others, safe to show on a terminal. */

/** Control and format characters, what ends a line or paragraph elsewhere, and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `text` with each character that a terminal may obey, or that hides what is there, as `\u001b`: JSON's escapes. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** {@link printable}, but lines stay lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
