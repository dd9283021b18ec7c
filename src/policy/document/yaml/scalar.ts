/**
 * @module The types of plain scalars, as Tetragon's reader has them: YAML 1.1's booleans and octal numbers, so that `y` is
 * a boolean and `0640` the number 416, but no numbers to the base of sixty and no dates.
 */

const TRUE = new Set(["y", "yes", "on", "true"]);
const FALSE = new Set(["n", "no", "off", "false"]);
const NULL = new Set(["", "~", "null", "Null", "NULL"]);

/** Lower case, upper case, or one capital: `yEs` is a string. */
const HAS_USUAL_CASE = /^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/;

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL_FLOAT = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;

/** The value of a scalar without quotes and without a tag. */
export function resolveScalar(source: string): string | number | boolean | null {
  if (NULL.has(source)) return null;
  if (HAS_USUAL_CASE.test(source)) {
    const word = source.toLowerCase();
    if (TRUE.has(word)) return true;
    if (FALSE.has(word)) return false;
  }
  const plain = source.replaceAll("_", "");
  if (INTEGER.test(plain)) return integer(plain);
  if (FLOAT.test(plain)) return Number(plain);
  return SPECIAL_FLOAT.test(source) ? Number.NaN : source;
}

function integer(text: string): number {
  const digits = text.replace(/^[-+]/, "");
  const value = Number(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return text.startsWith("-") ? -value : value;
}
