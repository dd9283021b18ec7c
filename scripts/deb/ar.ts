/** @module Writes ar archives in the common format, the outer layer of a Debian package (deb(5)). */

/** A member: its name, at most 15 characters, and its content. */
export interface ArMember {
  readonly name: string;
  readonly content: Uint8Array;
}

/**
 * The archive of `members`, owned by root.
 * @param mtime Seconds since 1970.
 * @throws RangeError when a name is too long for the header.
 */
export function writeAr(members: readonly ArMember[], mtime: number): Uint8Array {
  const parts: Uint8Array[] = [new TextEncoder().encode("!<arch>\n")];
  for (const { name, content } of members) {
    if (name.length > 15)
      throw new RangeError(`Cannot archive "${name}": ${name.length} characters, at most 15`);
    const fields = [
      name.padEnd(16),
      String(mtime).padEnd(12),
      "0".padEnd(6),
      "0".padEnd(6),
      "100644".padEnd(8),
      String(content.length).padEnd(10),
      "`\n",
    ];
    parts.push(new TextEncoder().encode(fields.join("")), content);
    // Members begin at even offsets.
    if (content.length % 2 === 1) parts.push(new Uint8Array([0x0a]));
  }
  return new Uint8Array(Buffer.concat(parts));
}
