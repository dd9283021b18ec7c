/** @module Headers of HTTP as a user writes them. */

/** Whether it is one, as `NAME: VALUE` (RFC 9110, section 5): a name is a token, a value has no line breaks. */
export function isHeader(line: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[\x20-\x7e\t]*$/.test(line);
}

/** Its name in lower case, and its value. */
export function splitHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
