import { describe, expect, test } from "bun:test";
import { MetadataProvider } from "../../src/metadata/provider.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("MetadataProvider", () => {
  test("keeps one line, the same bytes for everybody", () => {
    const provider = new MetadataProvider(Buffer.from("{}\n"));
    expect(text(provider.line)).toBe("{}\n");
    expect(provider.line).toBe(provider.line);
    expect(provider.generation).toBe(1);
  });

  test("adds the newline that a line lacks", () => {
    expect(text(new MetadataProvider(Buffer.from("{}")).line)).toBe("{}\n");
  });

  test("another line has another generation", () => {
    const provider = new MetadataProvider(Buffer.from("1\n"));
    provider.refresh(Buffer.from("2\n"));
    expect(text(provider.line)).toBe("2\n");
    expect(provider.generation).toBe(2);
  });
});
