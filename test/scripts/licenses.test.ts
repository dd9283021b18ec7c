import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { collectLicenses } from "../../scripts/pack/licenses.ts";

test.skipIf(!existsSync("/usr/share/common-licenses"))(
  "collectLicenses() has the text of every licence, also of packages that come without theirs",
  () => {
    const text = collectLicenses(process.execPath);
    // What a package declares is no text.
    expect(text).not.toMatch(/^License: /m);
    expect(text).toMatch(/^@bufbuild\/protobuf \S+ \(npm\)$/m);
    expect(text).toContain("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION");
    expect(text).toContain("Copyright 2008 Google Inc.");
  },
);
