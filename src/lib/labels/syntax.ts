/** @module What Kubernetes takes as a label's key and value. */

const MAX_NAME = 63;
const MAX_PREFIX = 253;
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** What is wrong with `key` as a label key, or `undefined`. */
export function checkLabelKey(key: string): string | undefined {
  const parts = key.split("/");
  if (parts.length > 2) return `invalid label key ${JSON.stringify(key)}, needs at most one "/"`;
  const name = parts.at(-1)!;
  if (name.length > MAX_NAME || !NAME.test(name)) {
    return `invalid label key ${JSON.stringify(key)}, needs at most ${MAX_NAME} letters, digits, "-", "_" and ".", with a letter or digit at both ends`;
  }
  if (parts.length === 2 && !isSubdomain(parts[0]!)) {
    return `invalid label key ${JSON.stringify(key)}, needs a DNS name in lower case before the "/"`;
  }
  return undefined;
}

function isSubdomain(text: string): boolean {
  return text.length <= MAX_PREFIX && text.split(".").every((label) => SUBDOMAIN.test(label));
}

/** What is wrong with `value` as a label value, or `undefined`. */
export function checkLabelValue(value: string): string | undefined {
  if (value === "" || (value.length <= MAX_NAME && NAME.test(value))) return undefined;
  return `invalid label value ${JSON.stringify(value)}, needs at most ${MAX_NAME} letters, digits, "-", "_" and ".", with a letter or digit at both ends`;
}
