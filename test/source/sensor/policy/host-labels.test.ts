import { expect, test } from "bun:test";
import { hostname, release } from "node:os";
import { buildIdOf, hostLabel } from "../../../../src/source/sensor/policy/host-labels.ts";

test("hostLabel() has what Tetragon has of a host", () => {
  expect(hostLabel("tetragon.io/arch")).toBe(process.arch === "x64" ? "amd64" : "arm64");
  expect(hostLabel("tetragon.io/os")).toBe("linux");
  expect(hostLabel("tetragon.io/hostname")).toBe(hostname());
  const [major, minor] = ["major", "minor"].map((part) => hostLabel(`tetragon.io/kernel-${part}-version`));
  expect(release().startsWith(`${major}.${minor}`)).toBe(true);
  expect(hostLabel("tetragon.io/zone")).toBeUndefined();
});

test("buildIdOf() finds the build id among other notes, and nothing where notes are cut", () => {
  const note = (name: string, type: number, content: Uint8Array) => {
    const size = (length: number) => (length + 3) & ~3;
    const bytes = new Uint8Array(12 + size(name.length) + size(content.length));
    const view = new DataView(bytes.buffer);
    for (const [index, value] of [name.length, content.length, type].entries())
      view.setUint32(index * 4, value, true);
    bytes.set(new TextEncoder().encode(name), 12);
    bytes.set(content, 12 + size(name.length));
    return bytes;
  };
  const other = note("Linux\0", 257, new Uint8Array(3));
  const notes = Buffer.concat([other, note("GNU\0", 3, new Uint8Array([0xce, 0x60, 0x01]))]);
  expect(buildIdOf(notes)).toBe("ce6001");
  expect(buildIdOf(notes.subarray(0, 20))).toBeUndefined();
});
