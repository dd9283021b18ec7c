import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ownCertificateAdvice } from "../../src/exporter/tls-files.ts";
import { HAS_OPENSSL, makeAuthority } from "../e2e/certificates.ts";
import { temporaryDirectory } from "./support.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test.skipIf(!HAS_OPENSSL)(
  "the dates of the client's own certificate are said where they are wrong",
  async () => {
    using directory = temporaryDirectory();
    const cert = readFileSync(makeAuthority(directory.path, "own").cert, "utf8");
    const at = (days: number) => ownCertificateAdvice("otlp", { cert }, Date.now() + days * DAY_MS);
    expect(await at(0)).toBe("");
    expect(await at(3)).toMatch(/^; the certificate of --otlp-tls-cert-file has expired \(.+ GMT\)$/);
    expect(await at(-1)).toMatch(/^; the certificate of --otlp-tls-cert-file is not valid yet \(.+ GMT\)$/);
    expect(await ownCertificateAdvice("otlp", {})).toBe("");
  },
);
